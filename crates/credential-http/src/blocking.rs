//! Tokens for code that is not async.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use credential::{AccessToken, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest};
use tokio::runtime::Handle;

/// No caller is left hanging by a credential that never answers; those of this family give up long before.
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);

/// Gets tokens of any credential from code that is not async.
///
/// The credential runs on a thread of its own, shared by the whole process, and the caller's thread waits for it. So no
/// runtime is ever nested in another: it works outside of any runtime, and inside of tokio too, where it blocks the
/// thread it is called on and nothing else. A credential that itself calls this is refused: it would wait for its own
/// thread.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use credential::{AccessToken, StaticTokenCredential, TokenRequest};
/// use credential_http::Blocking;
///
/// let token = AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(60));
/// let credential = Blocking::new(StaticTokenCredential::new(token));
/// assert_eq!(credential.get_token(&TokenRequest::default())?.expose(), "t0ken");
/// # Ok::<(), credential::CredentialError>(())
/// ```
pub struct Blocking<C> {
    credential: Arc<C>,
}

impl<C: Send + Sync + 'static> Blocking<C> {
    /// Uses `credential`, or anything else with async methods.
    pub fn new(credential: C) -> Self {
        Self { credential: Arc::new(credential) }
    }

    /// Returns the credential underneath, for async code beside this.
    pub fn credential(&self) -> &C {
        &self.credential
    }

    /// Runs any other async call, such as a user's sign-in or a service's operation; blocks until it ends.
    ///
    /// # Errors
    /// Those of the call, and those of [`get_token`](Self::get_token) that are not the credential's.
    ///
    /// # Example
    /// ```
    /// use credential::Transport;
    /// use credential_http::Blocking;
    /// use credential_testkit::ScriptedTransport;
    ///
    /// let service = Blocking::new(ScriptedTransport::new().then(200, &[], "done"));
    /// let request = http::Request::get("https://example.com/").body(bytes::Bytes::new())?;
    /// let response = service.call(|service| async move { service.send(request).await })?;
    /// assert_eq!(response.body(), "done");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn call<T, F>(&self, work: impl FnOnce(Arc<C>) -> F) -> Result<T, CredentialError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, CredentialError>> + Send + 'static,
    {
        run(work(self.credential.clone()))?
    }
}

impl<C: TokenCredential + 'static> Blocking<C> {
    /// Returns a token for the request; blocks until it is there.
    ///
    /// # Errors
    /// Those of the credential; [`CredentialErrorKind::InvalidConfiguration`] when it is called by a credential that runs
    /// this way itself; and [`CredentialErrorKind::Unavailable`] when the thread for it could not be started, the
    /// credential panicked, or 30 minutes have passed.
    pub fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let (credential, request) = (self.credential.clone(), request.clone());
        run(async move { credential.get_token(&request).await })?
    }
}

impl<C: fmt::Debug> fmt::Debug for Blocking<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking").field("credential", &self.credential).finish()
    }
}

fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, CredentialError> {
    if ON_THE_THREAD.get() {
        return Err(CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            "a credential that runs in the background makes a blocking call, and would wait for its own thread",
            "have the credential use the async form of the one it calls",
        ));
    }
    let (sender, receiver) = sync_channel(1);
    let task = runtime()?.spawn(async move {
        // Nobody is there to take the answer when the caller gave up.
        let _gone = sender.send(work.await);
    });
    receiver.recv_timeout(LONGEST_WAIT).map_err(|error| {
        task.abort();
        let problem = match error {
            RecvTimeoutError::Timeout => "the credential has not answered for 30 minutes",
            RecvTimeoutError::Disconnected => "the credential panicked",
        };
        unavailable(problem, "look for what it said before, and report it")
    })
}

thread_local! {
    /// Whether this is the thread on which the credentials run.
    static ON_THE_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The runtime on whose only thread all blocking calls of this process run. A failure to start it is not kept.
fn runtime() -> Result<Handle, CredentialError> {
    static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);
    let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*runtime {
        return Ok(handle.clone());
    }
    Ok(runtime.insert(start()?).clone())
}

fn start() -> Result<Handle, CredentialError> {
    let failed = |source: std::io::Error| {
        unavailable(
            "the thread for blocking calls could not be started",
            "allow the process more threads and files",
        )
        .with_source(source)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let handle = runtime.handle().clone();
    // The thread lives as long as the process: it serves whoever calls next.
    let serve = move || {
        ON_THE_THREAD.set(true);
        runtime.block_on(std::future::pending::<()>());
    };
    std::thread::Builder::new().name("credential-blocking".to_owned()).spawn(serve).map_err(failed)?;
    Ok(handle)
}

fn unavailable(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::Unavailable, problem, fix)
}
