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

    /// The whole lines that have arrived, with their ends. A line that is too long is cut.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        if let Some(end) = memrchr(b'\n', &self.held) {
            let rest = self.held.split_off(end + 1);
            return Some(std::mem::replace(&mut self.held, rest));
        }
        if self.held.len() <= LINE_BYTES_MAX + 1 {
            return None;
        }
        self.is_skipping = true;
        self.cut += 1;
        // One octet too many, so that whoever reads the line sees that it was cut.
        self.held.truncate(LINE_BYTES_MAX + 1);
        self.held.push(b'\n');
        Some(std::mem::take(&mut self.held))
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
