//! The files of an instance over SFTP version 3, as OpenSSH's `sftp-server` serves them: a process of the account's own,
//! which speaks on its standard input and output. What the account may not do, the kernel refuses.

use russh_sftp::{
    extensions::{FsyncExtension, HardlinkExtension, LIMITS, LimitsExtension},
    protocol::{
        Attrs, Data, ExtendedReply, File, FileAttributes, Handle, Name, OpenFlags, Packet, Status, StatusCode, Version,
    },
    server::{Handler, StatusReply},
};
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, symlink},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{Join, Stdin, Stdout, join, stdin, stdout},
    sync::oneshot,
};

/// Files and directories open at a time.
const OPEN: usize = 256;
/// Bytes that are read at a time.
const LONGEST: u32 = 255 << 10;
/// Names of a directory in one answer.
const NAMES: usize = 100;

/// Serves until the input ends.
pub fn run() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (ended, wait) = oneshot::channel();
        let stream: Join<Stdin, Stdout> = join(stdin(), stdout());
        russh_sftp::server::run(stream, Server { open: BTreeMap::new(), next: 0, _ended: ended }).await;
        // It is dropped when the input ends.
        let _ = wait.await;
    });
    // A read of standard input that nobody waits for any more may never end.
    runtime.shutdown_background();
    Ok(())
}

/// What is open, by the handle that the client has.
struct Server {
    open: BTreeMap<String, Open>,
    next: u64,
    _ended: oneshot::Sender<()>,
}

enum Open {
    File { file: fs::File, appends: bool },
    Directory { entries: fs::ReadDir, path: String },
}

/// What went wrong.
struct Refusal(StatusReply);

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        let code = match error.kind() {
            io::ErrorKind::NotFound => StatusCode::NoSuchFile,
            io::ErrorKind::PermissionDenied => StatusCode::PermissionDenied,
            io::ErrorKind::UnexpectedEof => StatusCode::Eof,
            io::ErrorKind::Unsupported => StatusCode::OpUnsupported,
            _ => StatusCode::Failure,
        };
        Self(StatusReply::new(code))
    }
}

impl From<nix::Error> for Refusal {
    fn from(error: nix::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl From<Refusal> for StatusReply {
    fn from(refusal: Refusal) -> Self {
        refusal.0
    }
}

type Answer<T> = Result<T, Refusal>;

fn done(id: u32) -> Status {
    let (error_message, language_tag) = ("Success".to_owned(), String::new());
    Status { id, status_code: StatusCode::Ok, error_message, language_tag }
}

fn refused<T>(kind: io::ErrorKind) -> Answer<T> {
    Err(io::Error::from(kind).into())
}

fn one_name(id: u32, path: &Path) -> Name {
    Name { id, files: vec![File::dummy(path.to_string_lossy())] }
}

impl Server {
    fn keep(&mut self, open: Open) -> Answer<String> {
        if self.open.len() >= OPEN {
            return refused(io::ErrorKind::QuotaExceeded);
        }
        self.next += 1;
        let handle = self.next.to_string();
        self.open.insert(handle.clone(), open);
        Ok(handle)
    }

    fn file(&self, handle: &str) -> Answer<(&fs::File, bool)> {
        match self.open.get(handle) {
            Some(Open::File { file, appends }) => Ok((file, *appends)),
            _ => refused(io::ErrorKind::InvalidInput),
        }
    }
}

/// Changes what the attributes name: size, owner, mode, times.
fn change(path: &Path, attrs: &FileAttributes) -> Answer<()> {
    if let Some(size) = attrs.size {
        OpenOptions::new().write(true).open(path)?.set_len(size)?;
    }
    if attrs.uid.is_some() || attrs.gid.is_some() {
        chown(path, attrs.uid, attrs.gid)?;
    }
    if let Some(mode) = attrs.permissions {
        fs::set_permissions(path, Permissions::from_mode(mode & 0o7777))?;
    }
    if let (Some(accessed), Some(modified)) = (attrs.atime, attrs.mtime) {
        let at = |seconds: u32| -> SystemTime { UNIX_EPOCH + Duration::from_secs(seconds.into()) };
        let times = fs::FileTimes::new().set_accessed(at(accessed)).set_modified(at(modified));
        // It need not be writable to whom it belongs.
        OpenOptions::new().read(true).open(path)?.set_times(times)?;
    }
    Ok(())
}

/// What is told of a file.
fn attributes(found: &fs::Metadata) -> FileAttributes {
    let seconds = |seconds: i64| Some(u32::try_from(seconds).unwrap_or_default());
    FileAttributes {
        size: Some(found.len()),
        uid: Some(found.uid()),
        gid: Some(found.gid()),
        permissions: Some(found.mode()),
        atime: seconds(found.atime()),
        mtime: seconds(found.mtime()),
        ..FileAttributes::default()
    }
}

/// A packet's content, or that it cannot be understood.
fn decoded<T>(read: Result<T, impl std::fmt::Display>) -> io::Result<T> {
    read.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

/// Where an open file is found by its path.
fn path_of(file: &fs::File) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

impl Handler for Server {
    type Error = Refusal;

    fn unimplemented(&self) -> Self::Error {
        Refusal(StatusReply::new(StatusCode::OpUnsupported))
    }

    async fn init(&mut self, _version: u32, _extensions: std::collections::HashMap<String, String>) -> Answer<Version> {
        let mut version = Version::new();
        for (name, number) in [
            (LIMITS, "1"),
            ("posix-rename@openssh.com", "1"),
            ("hardlink@openssh.com", "1"),
            ("fsync@openssh.com", "1"),
        ] {
            version.extensions.insert(name.into(), number.into());
        }
        Ok(version)
    }

    async fn open(&mut self, id: u32, filename: String, pflags: OpenFlags, attrs: FileAttributes) -> Answer<Handle> {
        let mut options: OpenOptions = pflags.into();
        let file = options.mode(attrs.permissions.unwrap_or(0o666) & 0o7777).open(filename)?;
        let handle = self.keep(Open::File { file, appends: pflags.contains(OpenFlags::APPEND) })?;
        Ok(Handle { id, handle })
    }

    async fn close(&mut self, id: u32, handle: String) -> Answer<Status> {
        if self.open.remove(&handle).is_some() { Ok(done(id)) } else { refused(io::ErrorKind::InvalidInput) }
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Answer<Data> {
        let mut data = vec![0; len.min(LONGEST) as usize];
        let length = self.file(&handle)?.0.read_at(&mut data, offset)?;
        if length == 0 {
            return refused(io::ErrorKind::UnexpectedEof);
        }
        data.truncate(length);
        Ok(Data { id, data })
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Answer<Status> {
        let (mut file, appends) = self.file(&handle)?;
        if appends {
            io::Write::write_all(&mut file, &data)?;
        } else {
            file.write_all_at(&data, offset)?;
        }
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        Ok(Attrs { id, attrs: attributes(&fs::symlink_metadata(path)?) })
    }

    async fn stat(&mut self, id: u32, path: String) -> Answer<Attrs> {
        Ok(Attrs { id, attrs: attributes(&fs::metadata(path)?) })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Answer<Attrs> {
        Ok(Attrs { id, attrs: attributes(&self.file(&handle)?.0.metadata()?) })
    }

    async fn setstat(&mut self, id: u32, path: String, attrs: FileAttributes) -> Answer<Status> {
        change(Path::new(&path), &attrs)?;
        Ok(done(id))
    }

    async fn fsetstat(&mut self, id: u32, handle: String, attrs: FileAttributes) -> Answer<Status> {
        change(Path::new(&path_of(self.file(&handle)?.0)), &attrs)?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Answer<Handle> {
        let entries = fs::read_dir(&path)?;
        Ok(Handle { id, handle: self.keep(Open::Directory { entries, path })? })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Answer<Name> {
        let Some(Open::Directory { entries, path }) = self.open.get_mut(&handle) else {
            return refused(io::ErrorKind::InvalidInput);
        };
        let mut files = Vec::new();
        for entry in entries.flatten().take(NAMES) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            // One that has just gone is not there.
            let Ok(found) = fs::symlink_metadata(Path::new(path).join(&name)) else { continue };
            files.push(File::new(name, attributes(&found)));
        }
        if files.is_empty() { refused(io::ErrorKind::UnexpectedEof) } else { Ok(Name { id, files }) }
    }

    async fn remove(&mut self, id: u32, filename: String) -> Answer<Status> {
        fs::remove_file(filename)?;
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, attrs: FileAttributes) -> Answer<Status> {
        fs::DirBuilder::new().mode(attrs.permissions.unwrap_or(0o777) & 0o7777).create(path)?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Answer<Status> {
        fs::remove_dir(path)?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Answer<Name> {
        let path = if path.is_empty() { "." } else { path.as_str() };
        let path = Path::new(path);
        // The last part need not be there.
        let whole = path.canonicalize().or_else(|error| match (path.parent(), path.file_name()) {
            (Some(above), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
                let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
                Ok(above.canonicalize()?.join(name))
            }
            _ => Err(error),
        })?;
        Ok(one_name(id, &whole))
    }

    async fn rename(&mut self, id: u32, oldpath: String, newpath: String) -> Answer<Status> {
        // Unlike `posix-rename`, it puts nothing in the place of what is there.
        if fs::symlink_metadata(&newpath).is_ok() {
            return refused(io::ErrorKind::AlreadyExists);
        }
        fs::rename(oldpath, newpath)?;
        Ok(done(id))
    }

    async fn readlink(&mut self, id: u32, path: String) -> Answer<Name> {
        Ok(one_name(id, &fs::read_link(path)?))
    }

    async fn symlink(&mut self, id: u32, linkpath: String, targetpath: String) -> Answer<Status> {
        // OpenSSH has them the other way round than the specification, on both sides.
        symlink(linkpath, targetpath)?;
        Ok(done(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Answer<Packet> {
        let data = &mut data.into();
        match request.as_str() {
            LIMITS => {
                let limits = LimitsExtension {
                    max_packet_len: 256 << 10,
                    max_read_len: LONGEST.into(),
                    max_write_len: LONGEST.into(),
                    max_open_handles: OPEN as u64,
                };
                let data = decoded(russh_sftp::ser::to_bytes(&limits))?;
                return Ok(Packet::ExtendedReply(ExtendedReply { id, data: data.to_vec() }));
            }
            "posix-rename@openssh.com" => {
                let HardlinkExtension { oldpath, newpath } = decoded(russh_sftp::de::from_bytes(data))?;
                fs::rename(oldpath, newpath)?;
            }
            "hardlink@openssh.com" => {
                let HardlinkExtension { oldpath, newpath } = decoded(russh_sftp::de::from_bytes(data))?;
                fs::hard_link(oldpath, newpath)?;
            }
            "fsync@openssh.com" => {
                let FsyncExtension { handle } = decoded(russh_sftp::de::from_bytes(data))?;
                self.file(&handle)?.0.sync_all()?;
            }
            _ => return refused(io::ErrorKind::Unsupported),
        }
        Ok(Packet::Status(done(id)))
    }
}
