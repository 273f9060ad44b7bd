//! The formats of log lines, one file each. A new one is a file and a line in [`ALL`].

mod access;
mod apache_error;
mod counterfoil;
mod haproxy;
mod json_lines;
mod logfmt;
mod nginx_error;
mod plain;
mod postgresql;
mod syslog_3164;
mod syslog_5424;

use crate::event::Event;
use crate::time::Calendar;

/// A way in which lines are written.
#[derive(Debug)]
pub struct Format {
    /// Stable name in kebab-case, for JSON.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// How much a line that fits says for this format: a narrow format beats a wide one.
    pub weight: u32,
    /// Reads a line; false when it does not fit. The event may then be half filled.
    pub read: for<'a> fn(&mut Reading<'_>, &mut Event<'a>) -> bool,
    /// What else a line must pass before the file is said to have this format.
    pub check: Option<fn(&[u8]) -> bool>,
}

/// What reading the lines of one file takes along.
#[derive(Debug)]
pub struct Reading<'s> {
    /// Reads times.
    pub calendar: Calendar,
    /// The field that joins lines of one payment; empty when none was given.
    pub join: &'s [u8],
}

/// Every format. The order decides between formats that fit equally well.
pub static ALL: [&Format; 11] = [
    &counterfoil::FORMAT,
    &json_lines::FORMAT,
    &haproxy::FORMAT,
    &access::FORMAT,
    &nginx_error::FORMAT,
    &apache_error::FORMAT,
    &postgresql::FORMAT,
    &syslog_5424::FORMAT,
    &syslog_3164::FORMAT,
    &logfmt::FORMAT,
    &plain::FORMAT,
];

/// The format of last resort, which every line fits.
pub static PLAIN: &Format = &plain::FORMAT;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event::Who;
    use crate::time::{Assumed, text};

    /// Reads one line as `format` and tells all that was understood, for tests of formats.
    pub(crate) fn told(format: &Format, line: &str) -> String {
        let not_after = "2026-07-02T00:00:00Z".parse().unwrap();
        let calendar = Calendar::new(Assumed { zone_s: 0, not_after });
        let mut reading = Reading { calendar, join: b"" };
        let mut event = Event::of(line.as_bytes(), 0);
        if !(format.read)(&mut reading, &mut event) {
            return "does not fit".into();
        }
        let mut said = vec![event.level.name().to_owned()];
        said.extend(event.time_us.map(text));
        said.extend(event.duration_us.map(|us| format!("took={us}")));
        said.extend((event.status != 0).then(|| format!("status={}", event.status)));
        let texts = [
            ("name", event.name),
            ("code", event.code.text),
            ("step", event.step.text),
            ("xid", event.xid.text),
            ("rrpid", event.rrpid),
            ("message", event.message),
        ];
        let whos = Who::ALL.map(|who| (who.name(), event.about(who).text));
        for (what, text) in texts.into_iter().chain(whos).filter(|(_, text)| !text.is_empty()) {
            said.push(format!("{what}={}", String::from_utf8_lossy(text)));
        }
        said.join(" | ")
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ALL.iter().map(|format| format.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn no_format_panics_on_any_cut_of_a_line() {
        let lines = [
            r#"{"time":"2026-07-01T12:00:00Z","level":"info","party":"ca","event":"a.b","x":"\"}"#,
            "<165>1 2026-07-01T12:00:00Z h a 1 m [x@1 k=\"v\\\"\"] \u{feff}text",
            "<34>Jul  1 12:00:00 host su[12]: text xid=1",
            r#"1.2.3.4 - - [01/Jul/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "u\"a" 0.1"#,
            "2026/07/01 12:00:00 [error] 1#2: *3 text, client: 1.2.3.4, request: \"GET / H\"",
            "[Wed Jul 01 12:00:00.1 2026] [core:error] [pid 1] [client 1.2.3.4:5] AH00126: text",
            "2026-07-01 12:00:00.123 UTC [12] user@db ERROR:  duration: 1.2 ms",
            "1.2.3.4:5 [01/Jul/2026:12:00:00.655] f b/s 1/0/3/6/10 200 1 - - ---- 1/1/1/1/0 0/0 \"GET / H\"",
            "ts=2026-07-01T12:00:00Z level=error msg=\"a b\" code=5",
        ];
        for format in ALL {
            for line in lines {
                for end in (0..=line.len()).filter(|end| line.is_char_boundary(*end)) {
                    told(format, &line[..end]);
                }
            }
        }
    }
}
