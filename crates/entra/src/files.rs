//! How files are read.

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use credential::Secret;
use zeroize::Zeroizing;

/// How files are read. Tests, and programs with another file system, hand in their own.
#[async_trait]
pub trait Files: Debug + Send + Sync {
    /// Returns the text of a file.
    ///
    /// # Errors
    /// Those of the file system; none of them may hold the text.
    async fn read(&self, path: &Path) -> io::Result<Secret>;

    /// Returns the bytes of a file that may be no text, such as a PKCS #12 file. Without another implementation, those of its
    /// text.
    ///
    /// # Errors
    /// Those of the file system; none of them may hold the bytes.
    async fn read_bytes(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        Ok(Zeroizing::new(self.read(path).await?.expose().as_bytes().to_vec()))
    }
}

/// The machine's files.
///
/// Reading blocks the thread for the time of one small read, as token files lie in memory or on a local disk.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemFiles;

impl SystemFiles {
    /// Returns the machine's files behind a shared pointer.
    pub fn shared() -> Arc<dyn Files> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Files for SystemFiles {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads files")]
    async fn read(&self, path: &Path) -> io::Result<Secret> {
        std::fs::read_to_string(path).map(Secret::from)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads files")]
    async fn read_bytes(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        std::fs::read(path).map(Zeroizing::new)
    }
}
