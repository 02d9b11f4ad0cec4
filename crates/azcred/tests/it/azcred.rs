//! Runs the binary.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use credential::{Clock, SystemClock};

/// The binary, with an environment of its own.
#[derive(Debug)]
pub(crate) struct Azcred(Command);

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Azcred {
    pub(crate) fn new<A: AsRef<str>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut azcred = Self::other(env!("CARGO_BIN_EXE_azcred"), arguments);
        azcred.0.env_clear();
        azcred
    }

    /// Another program, with this process's environment.
    #[expect(clippy::disallowed_methods, reason = "the one place of these tests that starts processes")]
    pub(crate) fn other<A: AsRef<str>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(program);
        command.args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        Self(command)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn run(self) -> Ran {
        self.run_with(b"")
    }

    pub(crate) fn run_with(mut self, input: &[u8]) -> Ran {
        let mut child = self.spawn();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // The program may end without reading everything.
            scope.spawn(move || stdin.write_all(input).is_ok());
            let output = child.wait_with_output().unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            Ran { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
        })
    }

    pub(crate) fn spawn(&mut self) -> Child {
        self.0.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert!(self.status.success(), "{self:?}");
        assert_eq!(self.stderr, "");
        self.stdout
    }

    #[track_caller]
    pub(crate) fn failure(self, code: i32) -> String {
        assert_eq!(self.status.code(), Some(code), "{self:?}");
        assert_eq!(self.stdout, "");
        self.stderr
    }
}

/// Runs a command that must fail within a second; on a machine that is busy with other things it gets three tries.
#[track_caller]
pub(crate) fn failure_within_a_second(command: impl Fn() -> Azcred, code: i32) -> String {
    let clock = SystemClock::default();
    let mut took = Vec::new();
    for _try in 0..3 {
        let before = clock.now();
        let text = command().run().failure(code);
        took.push(clock.now().duration_since(before).unwrap_or_default());
        if took.last().is_some_and(|took| took.as_millis() < 1_000) {
            return text;
        }
    }
    panic!("took {took:?}");
}

/// A folder of files that goes away at the end of the test.
#[derive(Debug)]
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    #[expect(clippy::disallowed_methods, reason = "the one place of these tests that writes files")]
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.into_os_string().into_string().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::new(self.0.path()).join(name)
    }
}
