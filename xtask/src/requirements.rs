//! What the tests need beside Rust, and how to get it.

use anyhow::bail;

use crate::shell;

/// A program that the build or the tests start, and the Debian packages that bring it.
#[derive(Clone, Copy)]
pub(crate) struct Requirement {
    program: &'static str,
    probe: &'static [&'static str],
    why: &'static str,
    packages: &'static [&'static str],
}

pub(crate) const COMPILER: Requirement = Requirement {
    program: "cc",
    probe: &["--version"],
    why: "TLS and RSA come from aws-lc-rs, which compiles C",
    packages: &["gcc", "libc6-dev"],
};

pub(crate) const CXX: Requirement = Requirement {
    program: "c++",
    probe: &["--version"],
    why: "the fuzzer's own library is C++",
    packages: &["g++"],
};

pub(crate) const PYTHON: Requirement = Requirement {
    program: "python3",
    probe: &["-c", "import ensurepip, venv"],
    why: "official Python SDKs judge the emulator",
    packages: &["python3", "python3-venv"],
};

pub(crate) const NODE: Requirement = Requirement {
    program: "node",
    probe: &["--version"],
    why: "official Node.js SDKs judge the emulator",
    packages: &["nodejs"],
};

pub(crate) const NPM: Requirement =
    Requirement { program: "npm", probe: &["--version"], why: NODE.why, packages: &["npm"] };

pub(crate) const OPENSSL: Requirement = Requirement {
    program: "pkg-config",
    probe: &["--exists", "openssl"],
    why: "the registry of the rehearsal speaks git over libssh2; nothing of the family does",
    packages: &["pkg-config", "libssl-dev"],
};

pub(crate) const CHROMIUM: Requirement = Requirement {
    program: "chromium",
    probe: &["--version"],
    why: "people sign in with a real browser",
    packages: &["chromium"],
};

pub(crate) const REDIS: Requirement = Requirement {
    program: "redis-server",
    probe: &["--version"],
    why: "the example of a token store is put to the test against it",
    packages: &["redis-server"],
};

/// Makes sure that everything is there: installs it with apt-get where that is possible and `install` allows it, and
/// otherwise says exactly what is missing.
pub(crate) fn meet(requirements: &[Requirement], install: bool) -> anyhow::Result<()> {
    for requirement in requirements {
        if shell::answers(requirement.program, requirement.probe) {
            continue;
        }
        if install && shell::answers("apt-get", &["--version"]) {
            let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
            arguments.extend(requirement.packages);
            let sudo = if shell::answers("sudo", &["-n", "true"]) { Some("sudo") } else { None };
            install_with(sudo, &["update"])?;
            install_with(sudo, &arguments)?;
        }
        if !shell::answers(requirement.program, requirement.probe) {
            bail!(missing(requirement));
        }
    }
    Ok(())
}

fn install_with(sudo: Option<&str>, arguments: &[&str]) -> anyhow::Result<()> {
    let quiet = [("DEBIAN_FRONTEND", "noninteractive")];
    match sudo {
        Some(sudo) => shell::run(&quiet, sudo, &[&["-E", "apt-get"], arguments].concat()),
        None => shell::run(&quiet, "apt-get", arguments),
    }
}

fn missing(requirement: &Requirement) -> String {
    format!(
        "`{}` is missing ({}): install it, on Debian and Ubuntu with `apt-get install {}`",
        requirement.program,
        requirement.why,
        requirement.packages.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_the_command_that_brings_it() {
        let text = missing(&COMPILER);
        assert!(text.contains("`cc` is missing") && text.contains("apt-get install gcc libc6-dev"), "{text}");
    }
}
