//! Where a capture comes from: a file, a pipe or standard input, plain or gzip'ed.

use std::fs::File;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use crate::failure::Failure;

/// The first octets of a gzip member (RFC 1952 section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A source of octets.
pub struct Source {
    name: String,
    from: Box<dyn Read>,
}

/// What one reading came to.
pub enum Piece {
    /// So many octets.
    Octets(usize),
    /// The end.
    End,
    /// The end, too early, and why.
    Cut(String),
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub fn open(name: &str) -> Result<Self, Failure> {
        let mut plain: Box<dyn Read> = match name {
            "-" => Box::new(io::stdin().lock()),
            _ => Box::new(file(name)?),
        };
        let mut beginning = [0; 2];
        let mut len = 0;
        while len < beginning.len() {
            match plain.read(&mut beginning[len..]) {
                Ok(0) => break,
                Ok(more) => len += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(name, &error)),
            }
        }
        let joined = io::Cursor::new(beginning[..len].to_vec()).chain(plain);
        let from: Box<dyn Read> = match beginning == GZIP {
            true => Box::new(MultiGzDecoder::new(joined)),
            false => Box::new(joined),
        };
        Ok(Self { name: name.to_owned(), from })
    }

    /// Reads what is there, at least one octet unless the end is reached.
    pub fn read(&mut self, piece: &mut [u8]) -> Result<Piece, Failure> {
        loop {
            return match self.from.read(piece) {
                Ok(0) => Ok(Piece::End),
                Ok(len) => Ok(Piece::Octets(len)),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => continue,
                    // What flate2 says of a member that is cut off or damaged.
                    io::ErrorKind::UnexpectedEof => Ok(Piece::Cut("gzip data is cut off".into())),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                        Ok(Piece::Cut("gzip data is damaged".into()))
                    }
                    _ => Err(unreadable(&self.name, &error)),
                },
            };
        }
    }
}

/// The whole of a file, up to a limit.
pub fn whole(name: &str, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let limited = file(name)?.take(bytes_max as u64 + 1).read_to_end(&mut content);
    limited.map_err(|error| unreadable(name, &error))?;
    Ok(content)
}

fn file(name: &str) -> Result<File, Failure> {
    let file = File::open(name).map_err(|error| unreadable(name, &error))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(Failure::input(
            "file-is-folder",
            format!("{name} is a folder"),
            "give one file; `mergecap -w ALL FOLDER/*` makes one of many captures",
        )),
        Ok(_) => Ok(file),
        Err(error) => Err(unreadable(name, &error)),
    }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    let said = format!("{name} cannot be read: {error}");
    Failure::unseen("file-unreadable", said, "check the name and who may read it")
}
