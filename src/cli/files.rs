//! Files that people name: how they are called, and read as a whole; `-` is standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Standard input's name.
pub(super) const STDIN: &str = "-";

/// How a file is called in messages.
pub(super) fn name(path: &Path) -> String {
    let inside = path.strip_prefix(".").ok().filter(|inside| !inside.as_os_str().is_empty());
    inside.unwrap_or(path).display().to_string()
}

/// The bytes of a file of at most `most` MiB: a device never ends.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if path.as_os_str() == STDIN { bounded(io::stdin().lock(), most) } else { bounded(File::open(path)?, most) }
}

fn bounded(source: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let (mut bytes, limit) = (Vec::new(), most << 20);
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {most} MiB")));
    }
    Ok(bytes)
}

/// Why a file could not be read, for people.
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission to read it is missing".to_owned(),
        _ => format!("cannot read it: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_as_large_as_the_limit() {
        assert_eq!(bounded(io::repeat(b'a').take(1 << 20), 1).unwrap().len(), 1 << 20);
        let error = bounded(io::repeat(b'a'), 1).unwrap_err();
        assert_eq!(why(&error), "cannot read it: it is larger than 1 MiB");
    }

    #[test]
    fn files_are_called_as_they_were_named() {
        for (path, called) in [("./a.yaml", "a.yaml"), ("../a.yaml", "../a.yaml"), ("-", "-"), ("/a", "/a"), (".", ".")]
        {
            assert_eq!(name(Path::new(path)), called);
        }
        let error = read(Path::new("no-such-file"), 1).unwrap_err();
        assert_eq!(why(&error), "there is no such file");
    }
}
