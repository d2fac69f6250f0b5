//! Somebody at a terminal, who types what they would after what they see there.

use super::world::World;
use std::{
    io::Write,
    process::{Child, ChildStdin, Stdio},
    time::{Duration, Instant},
};

/// How long they wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody at a terminal, who waits for what they see.
pub(crate) struct Typist<'a> {
    world: &'a World,
    keys: ChildStdin,
    command: Child,
    /// How much of what the terminal showed was read.
    read: usize,
}

impl<'a> Typist<'a> {
    /// A terminal in which this command runs.
    pub(crate) fn at(world: &'a World, command: &str) -> Self {
        let script = format!("script -qefc '{command}' /run/seen");
        let mut command = world.command(&script).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        Self { world, keys: command.stdin.take().unwrap(), command, read: 0 }
    }

    /// Waits until the terminal has shown this so many times, and then types.
    pub(crate) fn sees(&mut self, text: &str, times: usize, then: &str) -> &mut Self {
        self.waits(text, |seen| seen.matches(text).nth(times - 1).map(|_| ()));
        self.types(then)
    }

    /// Waits until a command has the terminal, and then types what a signal is made of: a signal goes to whoever
    /// has the terminal at that moment, and a shell that is about to hand it over forgets it.
    pub(crate) fn interrupts(&mut self, command: &str, key: &str) -> &mut Self {
        let has_terminal = format!("ps -eo stat=,args= | grep -q '^S[^ ]*+ *{command}'");
        self.waits(command, |_| (self.world.run(&has_terminal).code == 0).then_some(()));
        self.types(key)
    }

    fn types(&mut self, text: &str) -> &mut Self {
        self.keys.write_all(text.as_bytes()).unwrap();
        self
    }

    /// Waits until the terminal shows this after what was read, reads to its end, and then types.
    pub(crate) fn reads(&mut self, text: &str, then: &str) -> &mut Self {
        let read = self.read;
        self.read = self.waits(text, |seen| Some(read + seen.get(read..)?.find(text)? + text.len()));
        self.types(then)
    }

    /// Looks at all that the terminal showed until this finds something there.
    fn waits<T>(&self, text: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.world.run("cat /run/seen").stdout;
            if let Some(found) = find(&seen) {
                return found;
            }
            let processes = || self.world.run("ps -eo pid,ppid,pgid,tpgid,stat,args").stdout;
            assert!(Instant::now() < deadline, "never: {text}\n{seen}\n{}", processes());
        }
    }

    /// All that the terminal showed, once the command has ended.
    pub(crate) fn ends(mut self) -> String {
        self.command.wait().unwrap();
        self.world.ok("cat /run/seen; rm /run/seen")
    }
}
