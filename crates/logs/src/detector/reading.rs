//! How well the files could be read.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding, grouped};
use crate::facts::{Facts, File};
use crate::format::ALL;

/// Lines of other formats.
static MIXED: Kind = Kind {
    id: "log-mixed",
    group: "what the log itself shows",
    severity: Severity::Notice,
    title: "A file holds lines of more than one format.",
    page: "A file's format is told from its first lines. Lines that do not fit are tried in \
        every other format, at last as \
           plain text; none is lost. Continued lines, such as stack traces, count as plain text.",
    reference: "counterfoil",
};

/// Lines that were cut.
static CUT: Kind = Kind {
    id: "log-line-cut",
    group: "what the log itself shows",
    severity: Severity::Notice,
    title: "A file holds lines that are too long; only their beginnings were read.",
    page: "Of a line, 64 KiB are read.",
    reference: "counterfoil",
};

/// What was taken for granted of times.
static ASSUMED: Kind = Kind {
    id: "log-time-assumed",
    group: "what the log itself shows",
    severity: Severity::Notice,
    title: "A file's times do not say their zone, or their year.",
    page: "Without a zone, UTC is taken, or what `--zone` says. Without a year, the last one is \
        taken in which the line \
           is not younger than its file.",
    reference: "RFC 3164 section 4.1.2",
};

/// No times.
static TIMELESS: Kind = Kind {
    id: "log-without-times",
    group: "what the log itself shows",
    severity: Severity::Notice,
    title: "A file's lines have no times that are understood.",
    page: "What needs a time is not told of it: when it began, rates, gaps, hours. Codes, steps \
        and templates are.",
    reference: "counterfoil",
};

/// Nothing in it.
static EMPTY: Kind = Kind {
    id: "log-empty",
    group: "what the log itself shows",
    severity: Severity::Notice,
    title: "A file holds no lines.",
    page: "An empty log is a finding where lines were due: the process writes elsewhere, or not \
        at all.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector =
    Detector { kinds: &[&MIXED, &CUT, &ASSUMED, &TIMELESS, &EMPTY], find: look };

fn look(facts: &Facts, _began_us: Option<i64>) -> Vec<Finding> {
    let files = facts.names.iter().zip(&facts.files);
    files.flat_map(|(name, file)| of_file(name, file)).map(Finding::of).collect()
}

fn of_file(name: &str, file: &File) -> Vec<counterfoil_remark::Remark> {
    let mut remarks = Vec::new();
    if file.lines == 0 {
        return vec![EMPTY.of(name, "the file is empty").with("seen", "0 lines")];
    }
    let others: Vec<String> = ALL
        .iter()
        .zip(file.others)
        .filter(|(_, count)| *count > 0)
        .map(|(format, count)| format!("{} as {}", grouped(count), format.title))
        .collect();
    if !others.is_empty() {
        let summary = format!("of {} lines, {}", grouped(file.lines), others.join(", "));
        remarks.push(
            MIXED
                .of(name, summary)
                .with("expected", file.source.format.title)
                .with("seen", others.join(", ")),
        );
    }
    if file.cut > 0 {
        let summary = format!("{} lines are longer than 64 KiB", grouped(file.cut));
        remarks.push(CUT.of(name, summary).with("seen", grouped(file.cut)));
    }
    if file.clock.first_us.is_none() {
        remarks
            .push(TIMELESS.of(name, "no line has a time that is understood").with("seen", "none"));
    }
    let assumed = match (file.zone_was_assumed, file.year_was_assumed) {
        (true, true) => "zone and year are",
        (true, false) => "the zone is",
        (false, true) => "the year is",
        (false, false) => return remarks,
    };
    let summary = format!("{assumed} taken for granted; the lines do not say");
    remarks.push(ASSUMED.of(name, summary).with("seen", assumed));
    remarks
}

#[cfg(test)]
mod tests {
    use super::super::tests::{report, said};
    use crate::limit::LINE_BYTES_MAX;

    fn ids(text: &str) -> Vec<&'static str> {
        report(text).remarks.iter().map(|remark| remark.id).collect()
    }

    #[test]
    fn each_is_told_of_its_own_file() {
        assert_eq!(ids(""), ["log-empty"]);
        assert_eq!(ids("words\n"), ["log-without-times"]);
        assert_eq!(ids("2026-07-01 12:00:00 words\n"), ["log-time-assumed"]);
        let long = format!("2026-07-01T12:00:00Z {}\n", "x ".repeat(LINE_BYTES_MAX));
        assert_eq!(ids(&long), ["log-line-cut"]);
        let mixed = "{\"time\":\"2026-07-01T12:00:00Z\",\"msg\":\"x\"}\nwords\n";
        assert_eq!(said(&report(mixed), "log-mixed"), ["a.log: of 2 lines, 1 as plain text"]);
    }

    #[test]
    fn a_plain_good_file_gives_none() {
        assert_eq!(ids("2026-07-01T12:00:00Z words\n"), Vec::<&str>::new());
    }
}
