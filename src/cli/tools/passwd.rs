//! `passwd --stdin`, which only Red Hat's has (SEEDERR-23); anything else is left to the host's own program.

use super::{
    super::{
        exit::{Exit, Failure},
        print,
    },
    is_root,
};
use std::{
    fs,
    io::{self, BufRead, Write},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

/// The host's program.
const OTHER: &str = "/usr/bin/passwd";

pub(super) fn run(words: &[&str]) -> Result<Exit, Failure> {
    if !words.contains(&"--stdin") {
        let error = Command::new(OTHER).args(words).exec();
        return Err(anyhow::Error::new(error).context(format!("cannot run `{OTHER}`")).into());
    }
    if !is_root() {
        print::talk("Only root can do that.");
        return Ok(Exit::Command(1));
    }
    let user = words.iter().find(|word| !word.starts_with('-')).copied().unwrap_or("root");
    let passwd = fs::read_to_string("/etc/passwd")?;
    if !passwd.lines().any(|line| line.split(':').next() == Some(user)) {
        print::talk(format_args!("passwd: Unknown user name '{user}'."));
        return Ok(Exit::Command(1));
    }
    print::data(format_args!("Changing password for user {user}."))?;
    let mut password = String::new();
    io::stdin().lock().read_line(&mut password)?;
    // The hash that every system and every SSH server knows.
    let mut program = Command::new("/usr/sbin/chpasswd");
    let mut program = program.args(["-c", "SHA512"]).stdin(Stdio::piped()).spawn()?;
    writeln!(program.stdin.take().expect("it was asked for"), "{user}:{}", password.trim_end_matches('\n'))?;
    if !program.wait()?.success() {
        print::talk("passwd: Authentication token manipulation error");
        return Ok(Exit::Command(1));
    }
    print::data("passwd: all authentication tokens updated successfully.")?;
    Ok(Exit::Right)
}
