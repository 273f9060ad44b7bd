//! What was changed just before trouble began.

use counterfoil_remark::{Kind, Severity};

use super::{Detector, Finding};
use crate::facts::Facts;
use crate::tally::template::Template;
use crate::time::{span_text, text};

/// Microseconds before the beginning in which a change is told.
const BEFORE_US: i64 = 30 * 60 * 1_000_000;
/// Microseconds after it: a beginning is known to one cell of the timeline, at least this.
const AFTER_US: i64 = 5 * 1_000_000;

/// What it says.
static KIND: Kind = Kind {
    id: "change-before",
    group: "what happened just before",
    severity: Severity::Notice,
    title: "A deploy, a certificate, a restart or settings changed in the half hour before \
        trouble began.",
    page: "Changes are messages that come seldom (at most 64 times in the whole log) and tell \
        of a deploy, a certificate, key or CRL, \
           a start or stop, or settings that were read again. Those nearest to the beginning come first.\n\n\
           What was changed just before is not always the cause; undoing it is the quickest way to know.",
    reference: "counterfoil",
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kinds: &[&KIND], find: look };

fn look(facts: &Facts, began_us: Option<i64>) -> Vec<Finding> {
    let Some(began_us) = began_us else { return Vec::new() };
    let slack_us = AFTER_US.max(facts.timeline.width_s() as i64 * 1_000_000);
    let window = began_us - BEFORE_US..=began_us + slack_us;
    let changes = facts.templates.templates.iter().filter(|template| template.is_change());
    let mut near: Vec<(i64, &Template, String)> = changes
        .filter_map(|template| {
            let inside = template.times.iter().filter(|(us, _)| window.contains(us));
            let (us, place) = inside.min_by_key(|(us, _)| (began_us - us).abs())?;
            Some((*us, template, place.text(&facts.names)))
        })
        .collect();
    near.sort_by_key(|(us, template, _)| ((began_us - us).abs(), template.first_us));
    near.into_iter()
        .map(|(us, template, place)| {
            let change = template.change.map_or("change", |change| change.name());
            let distance = span_text((began_us - us).unsigned_abs());
            let side = if us <= began_us { "before" } else { "after" };
            let summary = format!("{change}: {} {side} it began, {}", distance, text(us));
            let remark = KIND
                .of(format!("\"{}\"", template.text()), summary)
                .with("seen", text(us))
                .with_at("line", template.sample.shown(), place);
            Finding::of(remark)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Line, report_of, said, traffic};

    fn with_deploy(second: u64, fails: bool) -> Vec<String> {
        let mut lines = traffic(1, 1_200, |line, dice| {
            if fails && line.second >= 900 && dice.below(3) == 0 {
                (line.level, line.code) = ("error", "timeout".into());
            }
            true
        });
        let note = "deploying gateway 1.2.3".to_owned();
        lines.push(Line { second, note, level: "info", code: "00".into(), ..lines[0].clone() });
        lines.sort_by_key(|line| line.second);
        said(&report_of(&lines), "change-before")
    }

    #[test]
    fn a_deploy_before_the_beginning_is_told() {
        let told = with_deploy(890, true);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("\"deploying gateway *\": deploy: "), "{told:?}");
    }

    #[test]
    fn a_deploy_after_it_or_without_trouble_is_not() {
        assert_eq!(with_deploy(1_100, true), Vec::<String>::new());
        assert_eq!(with_deploy(890, false), Vec::<String>::new());
    }
}
