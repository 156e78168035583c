//! Zip files within zip files, walked by what their members hold and not by what they are called.

use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use zip::ZipArchive;
use zip::result::ZipError;

use super::super::error::{IngestError, Place};
use super::super::input::{Bounded, ReadLimit};
use super::read_failed;

/// Zip files within each other. A BAG delivery has three.
pub(crate) const ZIP_DEPTH_MAX: u64 = 4;

/// Unpacked bytes of one member. The largest of a national BAG delivery, the buildings as one zip, has about 2 GB.
pub(crate) const MEMBER_LIMIT: ReadLimit = ReadLimit {
    what: "the unpacked size of one member in bytes",
    max: 16 << 30,
};

/// Inner zip files up to this size are held in memory, larger ones in a temporary file: a zip is read from its end.
const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// Bytes that are looked at to tell what a file is.
const SNIFF_BYTES: u64 = 1024;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Empty,
    Zip,
    Xml,
    Other,
}

impl Content {
    fn of(start: &[u8]) -> Self {
        if start.is_empty() {
            return Self::Empty;
        }
        // Members, and an archive without any.
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return Self::Zip;
        }
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        match text.trim_ascii_start().first() {
            Some(b'<') => Self::Xml,
            Some(_) | None => Self::Other,
        }
    }
}

/// What is done with each file that is not a zip.
pub(crate) trait Visitor {
    /// Takes a file.
    fn file(
        &mut self,
        name: &str,
        content: Content,
        input: &mut dyn Read,
    ) -> Result<(), IngestError>;
}

/// Visits a file, or the files in it if it is a zip, in the order of the archive.
///
/// # Errors
/// [`IngestError`] for an archive that is broken or past a limit, and what the visitor answers.
pub(crate) fn visit(
    mut file: impl Read + Seek,
    name: &str,
    visitor: &mut dyn Visitor,
) -> Result<(), IngestError> {
    let start = sniff(&mut file).map_err(|error| read_failed(name, 1, error))?;
    file.seek(SeekFrom::Start(0))
        .map_err(|error| read_failed(name, 1, error))?;
    match Content::of(&start) {
        Content::Zip => visit_zip(file, name, 1, visitor),
        content => visitor.file(name, content, &mut file),
    }
}

fn visit_zip(
    file: impl Read + Seek,
    name: &str,
    depth: u64,
    visitor: &mut dyn Visitor,
) -> Result<(), IngestError> {
    if depth > ZIP_DEPTH_MAX {
        return Err(IngestError::Limit {
            place: Place::file(name),
            what: "the depth of zip files within each other",
            limit: ZIP_DEPTH_MAX,
        });
    }
    let mut archive = ZipArchive::new(file).map_err(|error| broken(name, error))?;
    for position in 0..archive.len() {
        let member = archive
            .by_index(position)
            .map_err(|error| broken(name, error))?;
        let member_name = match member.name() {
            Ok(inner) => format!("{name}!{}", printable(&inner)),
            Err(error) => return Err(broken(name, error)),
        };
        if member.is_dir() {
            continue;
        }
        let (mut bounded, _) = Bounded::new(member, MEMBER_LIMIT);
        let start = sniff(&mut bounded).map_err(|error| read_failed(&member_name, 1, error))?;
        let content = Content::of(&start);
        let mut whole = Cursor::new(start).chain(bounded);
        if content != Content::Zip {
            visitor.file(&member_name, content, &mut whole)?;
            continue;
        }
        let unpacked = unpack(&mut whole).map_err(|error| read_failed(&member_name, 1, error))?;
        match unpacked {
            Unpacked::Memory(bytes) => {
                visit_zip(Cursor::new(bytes), &member_name, depth + 1, visitor)?;
            }
            Unpacked::File(file) => visit_zip(file, &member_name, depth + 1, visitor)?,
        }
    }
    Ok(())
}

fn sniff(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    input.take(SNIFF_BYTES).read_to_end(&mut start)?;
    Ok(start)
}

enum Unpacked {
    Memory(Vec<u8>),
    File(File),
}

fn unpack(input: &mut impl Read) -> io::Result<Unpacked> {
    let mut bytes = Vec::new();
    input.take(MEMORY_BYTES_MAX).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < MEMORY_BYTES_MAX {
        return Ok(Unpacked::Memory(bytes));
    }
    let mut file = nameless_file()?;
    file.write_all(&bytes)?;
    io::copy(input, &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(Unpacked::File(file))
}

/// A temporary file that has no name any more, so that nothing stays behind whatever happens.
fn nameless_file() -> io::Result<File> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("verband-{}-{number}.zip", std::process::id()));
    let mut options = OpenOptions::new();
    // Never a file that is there already: it could be another's, or a link to one.
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// A member's name may hold anything; what is shown in reports and terminals may not.
fn printable(name: &str) -> String {
    name.chars()
        .map(|letter| if letter.is_control() { '?' } else { letter })
        .take(NAME_CHARS_MAX)
        .collect()
}

/// Longest name of a member that is shown.
const NAME_CHARS_MAX: usize = 200;

fn broken(name: &str, error: ZipError) -> IngestError {
    match error {
        ZipError::Io(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => {
            read_failed(name, 1, cause)
        }
        error => IngestError::Broken {
            place: Place::file(name),
            message: format!("the zip cannot be read: {error}"),
        },
    }
}
