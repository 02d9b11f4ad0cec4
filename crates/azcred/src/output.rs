//! Standard output and standard error.

use std::io::Write;

use serde::Serialize;

use crate::failure::Failure;

/// Writes text to standard output, at once.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// Writes bytes to standard output, at once.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()?;
    Ok(())
}

/// Writes a value as one line of JSON to standard output, at once.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string(value).map_err(std::io::Error::from)?;
    text.push('\n');
    print(&text)
}

/// Writes something that is no result to standard error.
pub(crate) fn say(text: &str) {
    // When standard error is closed, nobody wants to know.
    let _unheard = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Writes the reason of a failure to standard error.
pub(crate) fn complain(failure: &Failure) {
    if let Some(text) = failure.text() {
        // When standard error is closed too, the exit status is all that is left to say.
        let _unheard = writeln!(std::io::stderr().lock(), "error: {text}");
    }
}
