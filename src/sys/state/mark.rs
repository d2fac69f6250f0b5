//! By what a record is known again without being read, and what is noted of it so that it need not be.
//!
//! The record of a large lab takes longer to read than a command in one instance takes to start.

use super::{Lab, Record, Result, files};
use crate::spec::Machine;
use serde::{Deserialize, Serialize};
use std::{fs, io, os::unix::fs::MetadataExt, path::PathBuf};

/// What tells one record of a lab from another: each is a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds since 1970.
    changed: (i64, i64),
}

impl Lab {
    /// The same, and by what it is known again.
    pub fn marked_record(&self) -> Result<Option<(Record, Option<Mark>)>> {
        // First the mark: if another record comes in between, it has another one.
        let mark = self.record_mark()?;
        Ok(self.record()?.map(|record| (record, mark)))
    }

    /// By what the record is known again without being read; none if there is no record.
    pub fn record_mark(&self) -> Result<Option<Mark>> {
        match fs::metadata(self.record_file()) {
            Ok(file) => {
                Ok(Some(Mark { inode: file.ino(), size: file.size(), changed: (file.ctime(), file.ctime_nsec()) }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(files::failed("examine", &self.record_file(), error)),
        }
    }

    /// The machine of this logical name, if somebody noted it since the record was written. So it can be entered without
    /// reading what all the others are.
    pub fn noted_machine(&self, host: &str) -> Option<Machine> {
        let is_plain =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let note: Option<(Mark, Machine)> =
            files::read_json(&self.machine_file(host)).ok().flatten().filter(|_| is_plain);
        let mark = self.record_mark().ok().flatten();
        note.filter(|(noted, _)| Some(*noted) == mark).map(|(_, machine)| machine)
    }

    /// Notes a machine, of the record with this mark. Where it cannot be noted, it is found as before.
    pub fn note_machine(&self, machine: &Machine, mark: Mark) {
        if self.noted_machine(&machine.host).is_some() {
            return;
        }
        let _ = files::write_json(&self.machine_file(&machine.host), &(mark, machine));
    }

    fn machine_file(&self, host: &str) -> PathBuf {
        self.host_directory(host).join("machine.json")
    }
}
