//! Counts by time, in cells that double their width when there are too many of them.

/// Counts of one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Seconds since 1970, in units of the timeline's width.
    pub index: u32,
    /// All.
    pub total: u32,
    /// Those that failed.
    pub failed: u32,
}

/// Counts by time. Cells without counts are not held, so one wrong time costs one cell.
#[derive(Debug, Clone)]
pub struct Timeline {
    cells: Vec<Cell>,
    cursor: u32,
    cells_max: u16,
    shift: u8,
}

impl Timeline {
    /// An empty one of at most `cells_max` cells.
    pub fn new(cells_max: usize) -> Self {
        let cells_max = u16::try_from(cells_max).unwrap_or(u16::MAX);
        Self { cells: Vec::new(), cursor: 0, cells_max, shift: 0 }
    }

    /// Takes one that happened at `time_s` seconds since 1970; 0 stands for no time.
    pub fn add(&mut self, time_s: u32, is_failure: bool) {
        if time_s == 0 {
            return;
        }
        let index = time_s >> self.shift;
        let place = self.place(index);
        let cell = &mut self.cells[place];
        cell.total = cell.total.saturating_add(1);
        cell.failed = cell.failed.saturating_add(u32::from(is_failure));
        if self.cells.len() > usize::from(self.cells_max) {
            self.halve();
        }
    }

    /// The count of the cell that was added to last.
    pub fn present(&self) -> u32 {
        self.cells.get(self.cursor as usize).map_or(0, |cell| cell.total)
    }

    /// The cell of an index, made when it is not there. Times mostly go forward.
    fn place(&mut self, index: u32) -> usize {
        let cursor = self.cursor as usize;
        let is_at = |place: usize| self.cells.get(place).is_some_and(|cell| cell.index == index);
        if is_at(cursor) {
            return cursor;
        }
        if is_at(cursor + 1) {
            self.cursor += 1;
            return cursor + 1;
        }
        let place = match self.cells.binary_search_by_key(&index, |cell| cell.index) {
            Ok(place) => place,
            Err(place) => {
                self.cells.insert(place, Cell { index, total: 0, failed: 0 });
                place
            }
        };
        self.cursor = place as u32;
        place
    }

    /// Doubles the width until the cells fit.
    fn halve(&mut self) {
        while self.cells.len() > usize::from(self.cells_max) {
            self.shift += 1;
            let mut kept = 0_usize;
            for at in 0..self.cells.len() {
                let cell = self.cells[at];
                let index = cell.index >> 1;
                match kept.checked_sub(1).map(|last| &mut self.cells[last]) {
                    Some(last) if last.index == index => {
                        last.total = last.total.saturating_add(cell.total);
                        last.failed = last.failed.saturating_add(cell.failed);
                    }
                    _ => {
                        self.cells[kept] = Cell { index, ..cell };
                        kept += 1;
                    }
                }
            }
            self.cells.truncate(kept);
        }
        self.cursor = self.cells.len().saturating_sub(1) as u32;
    }

    /// The cells, in order of time.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Seconds of one cell.
    pub fn width_s(&self) -> u64 {
        1 << self.shift
    }

    /// When a cell of this index begins, in seconds since 1970.
    pub fn start_s(&self, index: u32) -> u64 {
        u64::from(index) << self.shift
    }

    /// All and failures in `from_s..to_s`, by the cells that begin there.
    pub fn between(&self, from_s: u64, to_s: u64) -> (u64, u64) {
        let inside = |cell: &&Cell| (from_s..to_s).contains(&self.start_s(cell.index));
        self.cells.iter().filter(inside).fold((0, 0), |(total, failed), cell| {
            (total + u64::from(cell.total), failed + u64::from(cell.failed))
        })
    }

    /// How many of all stand before `time_s`.
    pub fn before(&self, time_s: u64) -> u64 {
        let earlier = self.cells.iter().take_while(|cell| self.start_s(cell.index) < time_s);
        earlier.map(|cell| u64::from(cell.total)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_double_their_width_and_lose_nothing() {
        let mut timeline = Timeline::new(8);
        for time_s in 1_000..2_000 {
            timeline.add(time_s, time_s % 10 == 0);
        }
        timeline.add(5, false);
        let sum = |f: fn(&Cell) -> u32| timeline.cells().iter().map(f).sum::<u32>();
        assert_eq!((sum(|cell| cell.total), sum(|cell| cell.failed)), (1_001, 100));
        assert!(timeline.cells().len() <= 8);
        assert_eq!((timeline.width_s(), timeline.cells()[0].index), (256, 0));
        assert_eq!(timeline.before(1_024), 1 + 24);
    }

    #[test]
    fn order_does_not_matter() {
        let (mut forward, mut back) = (Timeline::new(16), Timeline::new(16));
        (1..100).for_each(|time_s| forward.add(time_s, time_s > 50));
        (1..100).rev().for_each(|time_s| back.add(time_s, time_s > 50));
        assert_eq!(forward.cells(), back.cells());
    }
}
