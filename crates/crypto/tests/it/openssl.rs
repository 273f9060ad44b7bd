//! Runs the `openssl` program as a second opinion.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder of files for one test, and the program.
pub(crate) struct OpenSsl {
    folder: TempDir,
}

impl OpenSsl {
    /// None, with a loud line, when there is no such program.
    pub(crate) fn find() -> Option<Self> {
        let found = Command::new("openssl").arg("version").output().is_ok();
        if !found {
            println!("SKIPPED: openssl not found");
            return None;
        }
        Some(Self { folder: tempfile::tempdir().unwrap() })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "tests hand files to another program")]
    pub(crate) fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), octets).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "tests hand files to another program")]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs one command line; words are separated by blanks, so file names have none.
    pub(crate) fn run(&self, line: &str) -> Output {
        Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env("OPENSSL_CONF", Path::new("/dev/null"))
            .output()
            .unwrap()
    }

    /// Runs one command line, which has to succeed, and gives what it printed.
    pub(crate) fn expect(&self, line: &str) -> Vec<u8> {
        let output = self.run(line);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}\n{errors}");
        output.stdout
    }
}
