//! Octets to pieces of whole lines, however they arrive.

use memchr::{memchr, memrchr};

use crate::limit::LINE_BYTES_MAX;

/// Holds back the line that has not ended.
#[derive(Debug, Default)]
pub struct Splitter {
    held: Vec<u8>,
    is_skipping: bool,
    cut: u64,
}

impl Splitter {
    /// Takes octets as they come.
    pub fn push(&mut self, mut octets: &[u8]) {
        if self.is_skipping {
            let Some(end) = memchr(b'\n', octets) else { return };
            octets = &octets[end + 1..];
            self.is_skipping = false;
        }
        self.held.extend_from_slice(octets);
    }

    /// Takes octets as `more` appends them to what is held back, without copying them. Returns
    /// what `more` returns.
    pub fn push_with<R>(&mut self, more: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        let before = self.held.len();
        let returned = more(&mut self.held);
        if self.is_skipping {
            match memchr(b'\n', &self.held[before..]) {
                Some(end) => {
                    self.held.drain(before..=before + end);
                    self.is_skipping = false;
                }
                None => self.held.truncate(before),
            }
        }
        returned
    }

    /// The whole lines that have arrived, with their ends. A line that is too long is cut.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        let mut piece = Vec::new();
        self.take_into(&mut piece).then_some(piece)
    }

    /// Puts the whole lines that have arrived into `piece`, whose memory is used for what follows
    /// them. Returns whether there were any.
    pub fn take_into(&mut self, piece: &mut Vec<u8>) -> bool {
        piece.clear();
        if let Some(end) = memrchr(b'\n', &self.held) {
            piece.extend_from_slice(&self.held[end + 1..]);
            self.held.truncate(end + 1);
            std::mem::swap(&mut self.held, piece);
            return true;
        }
        if self.held.len() <= LINE_BYTES_MAX + 1 {
            return false;
        }
        self.is_skipping = true;
        self.cut += 1;
        // One octet too many, so that whoever reads the line sees that it was cut.
        self.held.truncate(LINE_BYTES_MAX + 1);
        self.held.push(b'\n');
        std::mem::swap(&mut self.held, piece);
        true
    }

    /// What was left without an end when the file ended.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let rest = std::mem::take(&mut self.held);
        (!rest.is_empty()).then_some(rest)
    }

    /// Octets held back.
    pub fn held_bytes(&self) -> usize {
        self.held.len()
    }

    /// Lines that were cut.
    pub fn cut_lines(&self) -> u64 {
        self.cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hold_whole_lines() {
        let mut splitter = Splitter::default();
        splitter.push(b"a\nb");
        assert_eq!(splitter.take().as_deref(), Some(&b"a\n"[..]));
        assert_eq!(splitter.take(), None);
        splitter.push(b"c\n\nd");
        assert_eq!(splitter.take().as_deref(), Some(&b"bc\n\n"[..]));
        assert_eq!(splitter.finish().as_deref(), Some(&b"d"[..]));
        assert_eq!(splitter.finish(), None);
    }

    #[test]
    fn octets_that_are_appended_in_place_are_split_alike() {
        let text: Vec<u8> = [&b"a\nbc\n"[..], &[b'x'; 200_000], b"\nlast\nrest"].concat();
        let (mut pushed, mut appended) = (Splitter::default(), Splitter::default());
        let mut piece = Vec::new();
        for part in text.chunks(7_000) {
            pushed.push(part);
            appended.push_with(|held| held.extend_from_slice(part));
            while let Some(expect) = pushed.take() {
                assert!(appended.take_into(&mut piece));
                assert!(piece == expect, "{} octets, not {}", piece.len(), expect.len());
            }
            assert!(!appended.take_into(&mut piece));
        }
        assert_eq!(appended.finish(), pushed.finish());
        assert_eq!(appended.cut_lines(), 1);
    }

    #[test]
    fn a_line_without_end_is_cut_once_and_the_next_one_is_whole() {
        let mut splitter = Splitter::default();
        for _ in 0..40 {
            splitter.push(&[b'x'; 8_192]);
            drop(splitter.take());
            assert!(splitter.held_bytes() <= LINE_BYTES_MAX + 8_192);
        }
        splitter.push(b"y\nnext\n");
        assert_eq!(splitter.take().as_deref(), Some(&b"next\n"[..]));
        assert_eq!(splitter.cut_lines(), 1);
    }
}
