//! Where threads may get in each other's way.

/// Marks a step between two looks at what threads share. Free of charge, and nothing but a mark, outside of this crate's own
/// tests: there, the scheduler of a model switches threads here.
#[cfg(not(test))]
#[inline(always)]
pub(crate) fn point() {}

#[cfg(test)]
pub(crate) use in_models::{explore, point};

#[cfg(test)]
mod in_models {
    use std::cell::Cell;

    thread_local! {
        static IN_MODEL: Cell<bool> = const { Cell::new(false) };
    }

    pub(crate) fn point() {
        if IN_MODEL.get() {
            shuttle::thread::yield_now();
        }
    }

    /// Runs `model` under this many schedules. A failing one is printed, and replayed with `shuttle::replay`.
    pub(crate) fn explore(schedules: usize, model: impl Fn() + Send + Sync + 'static) {
        shuttle::check_random(
            move || {
                IN_MODEL.set(true);
                model();
            },
            schedules,
        );
        IN_MODEL.set(false);
    }
}
