//! What was found: answers in their order, remarks, templates and payments; as JSON or a screen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use counterfoil_remark::{Remark, Severity};
use serde::Serialize;

use crate::detector::{self, grouped, percent};
use crate::facts::Facts;
use crate::format::ALL;
use crate::redact::shown;
use crate::statistic::histogram::Histogram;
use crate::time::{span_text, text};

/// The questions, in the order of the answers: each is the group of the kinds that answer it, what
/// is said when nothing does.
pub const QUESTIONS: [(&str, &str); 7] = [
    ("when it began", "nothing began: the share of failures is even throughout"),
    ("which codes", "no error codes"),
    ("who stands out", "nobody"),
    ("which step fails", "no step fails"),
    ("what happened just before", "nothing that a line tells of"),
    ("the slowest steps", "lines say no durations"),
    ("what the log itself shows", "nothing"),
];
/// Templates that a report lists.
const TEMPLATES_MAX: usize = 50;
/// Payments that a report shows as examples.
const EXAMPLES_MAX: usize = 5;
/// Characters of a sample on the screen.
const SAMPLE_CHARS_MAX: usize = 160;

/// What was found in a set of logs.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The files, in the order in which they were read.
    pub files: Vec<FileReport>,
    /// The time that the lines span.
    pub period: Period,
    /// One for each question.
    pub answers: Vec<Answer>,
    /// All remarks.
    pub remarks: Vec<Remark>,
    /// The most frequent templates of messages.
    pub templates: Vec<TemplateReport>,
    /// Payments, joined across files.
    pub sessions: SessionReport,
}

/// One file.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// Its format: a stable name.
    pub format: &'static str,
    /// Octets, after decompression.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines in other formats, by the format's name.
    pub mixed: BTreeMap<&'static str, u64>,
    /// The first and last time in the file, RFC 3339 UTC.
    pub from: Option<String>,
    /// The last.
    pub to: Option<String>,
    /// Whether a zone was taken for granted.
    pub zone_assumed: bool,
    /// Whether a year was taken for granted.
    pub year_assumed: bool,
}

/// The time that the lines span.
#[derive(Debug, Serialize)]
pub struct Period {
    /// The first time, RFC 3339 UTC.
    pub from: Option<String>,
    /// The last.
    pub to: Option<String>,
    /// Lines that are not empty.
    pub lines: u64,
    /// Lines that are failures.
    pub failures: u64,
    /// Lines without any time.
    pub timeless: u64,
}

/// The answer to one question.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The question.
    pub question: &'static str,
    /// The first remark in one sentence, or that there is none.
    pub says: String,
    /// Places of the remarks that answer it.
    pub remarks: Vec<usize>,
}

/// A template of messages.
#[derive(Debug, Serialize)]
pub struct TemplateReport {
    /// Its words; `*` stands for one that varies.
    pub text: String,
    /// Lines.
    pub lines: u64,
    /// Lines of failures.
    pub failures: u64,
    /// The greatest level.
    pub level: &'static str,
    /// When it came first.
    pub from: Option<String>,
    /// When it came last.
    pub to: Option<String>,
}

/// Payments.
#[derive(Debug, Serialize)]
pub struct SessionReport {
    /// How many there are, estimated when not all are followed.
    pub payments: u64,
    /// One in how many is followed.
    pub one_in: u64,
    /// How many are followed.
    pub followed: u64,
    /// Of those, how many have lines in more than one file.
    pub in_several_files: u64,
    /// Of those, how many have a line of a failure.
    pub failed: u64,
    /// From first to last line, half take more than this, in microseconds.
    pub duration_us_p50: u64,
    /// One in twenty takes more than this.
    pub duration_us_p95: u64,
    /// At which step they failed first, the most frequent first.
    pub first_failures: Vec<(String, u64)>,
    /// Some that failed.
    pub examples: Vec<Example>,
}

/// A payment that failed.
#[derive(Debug, Serialize)]
pub struct Example {
    /// Its id.
    pub id: String,
    /// Lines.
    pub lines: u32,
    /// Its first time.
    pub from: Option<String>,
    /// Its steps in order of time; a `!` marks those that failed.
    pub steps: Vec<String>,
}

/// The reference page of all kinds, in the order of the questions.
pub fn reference(title: &str, introduction: &str) -> String {
    let mut kinds = detector::kinds();
    let place = |group: &str| QUESTIONS.iter().position(|(question, _)| *question == group);
    kinds.sort_by_key(|kind| place(kind.group));
    counterfoil_remark::page::reference(title, introduction, &kinds)
}

impl Report {
    /// Looks at what was counted.
    pub fn of(facts: &Facts) -> Self {
        let remarks = detector::run(facts);
        let period = facts.period();
        Self {
            files: facts.names.iter().zip(&facts.files).map(FileReport::of).collect(),
            period: Period {
                from: period.map(|(from, _)| text(from)),
                to: period.map(|(_, to)| text(to)),
                lines: facts.total,
                failures: facts.failed,
                timeless: facts.timeless,
            },
            answers: QUESTIONS.map(|question| Answer::of(question, &remarks)).into(),
            templates: templates(facts),
            sessions: SessionReport::of(facts),
            remarks,
        }
    }

    /// Remarks of warning and above.
    pub fn alarms(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| remark.severity >= Severity::Warning)
    }

    /// The screen for people. `is_verbose` shows every sample line, and the templates.
    pub fn text(&self, is_verbose: bool) -> String {
        let mut screen = String::new();
        self.head(&mut screen);
        for answer in &self.answers {
            let _ = writeln!(screen, "\n{}", answer.question);
            if answer.remarks.is_empty() {
                let _ = writeln!(screen, "  {}", answer.says);
            }
            for remark in answer.remarks.iter().map(|place| &self.remarks[*place]) {
                told(&mut screen, remark, is_verbose);
            }
        }
        self.payments(&mut screen);
        if is_verbose {
            let _ = writeln!(screen, "\ntemplates of messages");
            for template in &self.templates {
                let _ = writeln!(screen, "  {:>12}  {}", grouped(template.lines), template.text);
            }
        }
        screen
    }

    fn head(&self, screen: &mut String) {
        let name_width = self.files.iter().map(|file| file.name.chars().count()).max().unwrap_or(0);
        for file in &self.files {
            let _ = writeln!(
                screen,
                "{:name_width$}  {}, {} lines",
                file.name,
                title(file.format),
                grouped(file.lines)
            );
        }
        if let (Some(from), Some(to)) = (&self.period.from, &self.period.to) {
            let share = self.period.failures as f64 / self.period.lines.max(1) as f64;
            let _ = writeln!(
                screen,
                "{from} to {to}: {} lines, {} failures ({})",
                grouped(self.period.lines),
                grouped(self.period.failures),
                percent(share)
            );
        }
    }

    fn payments(&self, screen: &mut String) {
        let sessions = &self.sessions;
        if sessions.followed == 0 {
            return;
        }
        let about = if sessions.one_in > 1 { "about " } else { "" };
        let _ = writeln!(
            screen,
            "\npayments\n  {about}{}, {} of {} followed failed, {} in several files; half take \
                more than {}, one in twenty \
             more than {}",
            grouped(sessions.payments),
            grouped(sessions.failed),
            grouped(sessions.followed),
            grouped(sessions.in_several_files),
            span_text(sessions.duration_us_p50),
            span_text(sessions.duration_us_p95)
        );
        for example in &sessions.examples {
            let _ = writeln!(screen, "  {}  {}", example.id, example.steps.join(" > "));
        }
    }
}

/// One remark on the screen.
fn told(screen: &mut String, remark: &Remark, is_verbose: bool) {
    let is_alarm = remark.severity >= Severity::Warning;
    let mark = if is_alarm { remark.severity.name() } else { "" };
    let _ = writeln!(screen, "  {mark:<8}{}: {}", remark.subject, remark.summary);
    if !is_alarm && !is_verbose {
        return;
    }
    let value = |what: &str| remark.evidence.iter().find(|evidence| evidence.what == what);
    if let (Some(expected), Some(seen)) = (value("expected"), value("seen")) {
        let _ = writeln!(screen, "          expected {}, seen {}", expected.value, seen.value);
    }
    if let Some(line) = value("line") {
        let cut: String = line.value.chars().take(SAMPLE_CHARS_MAX).collect();
        let dots = if cut.len() < line.value.len() { "..." } else { "" };
        let _ =
            writeln!(screen, "          {}  {cut}{dots}", line.at.as_deref().unwrap_or_default());
    }
}

fn title(name: &str) -> &'static str {
    ALL.iter().find(|format| format.name == name).map_or("unknown", |format| format.title)
}

impl Answer {
    fn of((question, none): (&'static str, &'static str), remarks: &[Remark]) -> Self {
        let mut places: Vec<usize> =
            (0..remarks.len()).filter(|place| remarks[*place].group == question).collect();
        places.sort_by_key(|place| std::cmp::Reverse(remarks[*place].severity));
        let says = match places.first().map(|place| &remarks[*place]) {
            Some(remark) => format!("{}: {}", remark.subject, remark.summary),
            None => none.to_owned(),
        };
        Self { question, says, remarks: places }
    }
}

impl FileReport {
    fn of((name, file): (&String, &crate::facts::File)) -> Self {
        let mixed = ALL.iter().zip(file.others).filter(|(_, count)| *count > 0);
        Self {
            name: name.clone(),
            format: file.source.format.name,
            bytes: file.bytes,
            lines: file.lines,
            mixed: mixed.map(|(format, count)| (format.name, count)).collect(),
            from: file.clock.least_us.map(text),
            to: file.clock.greatest_us.map(text),
            zone_assumed: file.zone_was_assumed,
            year_assumed: file.year_was_assumed,
        }
    }
}

fn templates(facts: &Facts) -> Vec<TemplateReport> {
    let mut all: Vec<_> = facts.templates.templates.iter().collect();
    all.sort_by_key(|template| std::cmp::Reverse(template.total));
    let time = |us: i64| (us != 0).then(|| text(us));
    let report = |template: &&crate::tally::template::Template| TemplateReport {
        text: template.text(),
        lines: template.total,
        failures: template.failed,
        level: template.level.name(),
        from: time(template.first_us),
        to: time(template.last_us),
    };
    all.iter().take(TEMPLATES_MAX).map(report).collect()
}

impl SessionReport {
    fn of(facts: &Facts) -> Self {
        let tally = &facts.sessions;
        let step = |place: u16| match facts.steps.steps.get_index(usize::from(place)) {
            Some((_, step)) => step.shown(),
            None => "?".to_owned(),
        };
        let mut durations = Histogram::default();
        let mut first_failures: BTreeMap<String, u64> = BTreeMap::new();
        let mut examples = Vec::new();
        for session in tally.sessions.values() {
            durations.add(session.last_us.saturating_sub(session.first_us).unsigned_abs());
            let mut steps = session.steps.clone();
            steps.sort_by_key(|step| step.0);
            if let Some(failed) = steps.iter().find(|step| step.2) {
                *first_failures.entry(step(failed.1)).or_default() += 1;
            }
            if session.is_failed && examples.len() < EXAMPLES_MAX {
                let mark = |failed: bool| if failed { "!" } else { "" };
                let told =
                    steps.iter().map(|(_, place, bad)| format!("{}{}", step(*place), mark(*bad)));
                examples.push(Example {
                    id: shown(&session.id),
                    lines: session.lines,
                    from: (session.first_us != 0).then(|| text(session.first_us)),
                    steps: told.collect(),
                });
            }
        }
        let mut first_failures: Vec<_> = first_failures.into_iter().collect();
        first_failures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        first_failures.truncate(EXAMPLES_MAX);
        let count = |is: &dyn Fn(&crate::tally::session::Session) -> bool| {
            tally.sessions.values().filter(|session| is(session)).count() as u64
        };
        Self {
            payments: tally.estimate(),
            one_in: 1 << tally.shift,
            followed: tally.sessions.len() as u64,
            in_several_files: count(&|session| session.files.count_ones() > 1),
            failed: count(&|session| session.is_failed),
            duration_us_p50: durations.quantile(0.5),
            duration_us_p95: durations.quantile(0.95),
            first_failures,
            examples,
        }
    }
}
