//! How a command ends.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is as it was asked for.
    Right,
    /// The lab is not as it should be.
    Drift,
    /// Something went wrong and was said.
    Refused,
    /// Usage or a file was wrong, and that was said.
    Wrong,
    /// A command could not be run, and shells have this code for it.
    Command(u8),
    /// The user stopped it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Right => 0,
            Exit::Refused => 1,
            Exit::Wrong => 2,
            Exit::Drift => 3,
            Exit::Command(code) => code,
            Exit::Interrupted => 130, // 128 + SIGINT, as shells have it
        })
    }
}

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command line.
    Clap(clap::Error),
    /// A file, or what was asked for. The text is whole: message and hints.
    Wrong(String),
    /// A file's mistakes, rendered.
    Mistakes(String),
    /// The machine.
    Refused(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Refused(error.into())
    }
}

impl Failure {
    /// The same in one text.
    pub(super) fn words(&self) -> String {
        match self {
            Failure::Clap(error) => error.to_string(),
            Failure::Wrong(text) | Failure::Mistakes(text) => text.clone(),
            Failure::Refused(error) => format!("{error:#}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;
    use std::process::ExitCode;

    #[test]
    fn exit_codes_are_those_of_the_contract() {
        let codes = [(Exit::Right, 0), (Exit::Refused, 1), (Exit::Wrong, 2), (Exit::Drift, 3)];
        for (exit, code) in codes {
            assert_eq!(ExitCode::from(exit), ExitCode::from(code));
        }
    }
}
