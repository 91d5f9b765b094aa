//! Files that the user names; `-` is standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The name of standard input.
pub const STDIN: &str = "-";

/// Returns the name of a file in messages: without a leading `./`.
pub fn display_name(path: &Path) -> String {
    let inside = path.strip_prefix(".").ok().filter(|inside| !inside.as_os_str().is_empty());
    inside.unwrap_or(path).display().to_string()
}

/// Reads a file of at most `max_mib` MiB: a device file never ends.
///
/// # Errors
/// If the file cannot be read, or is larger.
pub fn read(path: &Path, max_mib: u64) -> io::Result<Vec<u8>> {
    if path.as_os_str() == STDIN { bounded(io::stdin().lock(), max_mib) } else { bounded(File::open(path)?, max_mib) }
}

fn bounded(source: impl Read, max_mib: u64) -> io::Result<Vec<u8>> {
    let (mut bytes, limit) = (Vec::new(), max_mib << 20);
    source.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {max_mib} MiB")));
    }
    Ok(bytes)
}

/// Returns a sentence about why a file could not be read.
pub fn reason(error: &io::Error) -> String {
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
        assert_eq!(reason(&error), "cannot read it: it is larger than 1 MiB");
    }

    #[test]
    fn files_keep_the_name_that_the_user_gave() {
        for (path, name) in [("./a.yaml", "a.yaml"), ("../a.yaml", "../a.yaml"), ("-", "-"), ("/a", "/a"), (".", ".")] {
            assert_eq!(display_name(Path::new(path)), name);
        }
        let error = read(Path::new("no-such-file"), 1).unwrap_err();
        assert_eq!(reason(&error), "there is no such file");
    }
}
