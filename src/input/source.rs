//! The text of a topology: from a file, from standard input, or the lab that comes with vpcns.
//!
//! What is no text at all is refused here, before anybody looks for YAML in it: directories, binary
//! files, and files so large that they cannot be meant.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// The lab that is used when no file is named.
const EMBEDDED: &str = include_str!("../../topologies/privatelink.yaml");

/// The largest text that is read, in MiB. A lab of a thousand instances needs a tenth of one.
const MAX_MIB: u64 = 16;

/// A text and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as it was typed, `-` for standard input, `embedded` for the lab that comes with vpcns.
    pub name: String,
    /// The text.
    pub text: String,
    /// Where relative paths in it begin.
    pub directory: PathBuf,
}

/// Why there is no text. The words of the system are the error's source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be opened or read.
    #[error("cannot read `{name}`{}", hint(source))]
    Read {
        /// The path.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// It is a directory.
    #[error("`{0}` is a directory\nhint: name a file in it")]
    Directory(String),
    /// There is nothing in it.
    #[error("`{0}` is empty\nhint: without a file, vpcns uses the lab that comes with it")]
    Empty(String),
    /// It is larger than a topology can be.
    #[error(
        "`{0}` is larger than {MAX_MIB} MiB\nhint: is it a topology? one of a thousand instances needs a tenth of that"
    )]
    TooLarge(String),
    /// It is not text.
    #[error("`{name}` is not text: byte {at} is not UTF-8\nhint: topologies are YAML or JSON, saved as UTF-8")]
    Binary {
        /// The path.
        name: String,
        /// The offset of the first byte that is wrong.
        at: usize,
    },
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "\nhint: is the path right? `-` reads standard input",
        io::ErrorKind::PermissionDenied => "\nhint: may you read it?",
        _ => "",
    }
}

/// The text of `file`; of standard input for `-`; without a file, of the lab that comes with vpcns.
pub fn read(file: Option<&Path>) -> Result<Source, Error> {
    let Some(path) = file else {
        return Ok(Source { name: "embedded".into(), text: EMBEDDED.into(), directory: PathBuf::new() });
    };
    let name = path.display().to_string();
    let failed = |source| Error::Read { name: name.clone(), source };
    let (bytes, directory) = if path == Path::new("-") {
        // A current directory that was removed is nobody's trouble until something relative to it is asked for.
        (limited(io::stdin().lock()).map_err(failed)?, std::env::current_dir().unwrap_or_default())
    } else {
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Error::Directory(name));
        }
        let directory = whole(path).parent().map(Path::to_path_buf).unwrap_or_default();
        let bytes = if metadata.len() > MAX_MIB << 20 { None } else { limited(file).map_err(failed)? };
        (bytes, directory)
    };
    let bytes = bytes.ok_or_else(|| Error::TooLarge(name.clone()))?;
    Ok(Source { text: text(&name, bytes)?, name, directory })
}

/// The path from the root on. Who may not see the way to the current directory can still use what is below it.
pub fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// All of it, if it is not too large. Pipes and devices do not say how long they are.
fn limited(from: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take((MAX_MIB << 20) + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= MAX_MIB << 20).then_some(bytes))
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let binary = |at| Error::Binary { name: name.to_owned(), at };
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(binary(at));
    }
    let text = String::from_utf8(bytes).map_err(|error| binary(error.utf8_error().valid_up_to()))?;
    // Some editors put a mark before the text that says it is UTF-8.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() { Err(Error::Empty(name.to_owned())) } else { Ok(text) }
}
