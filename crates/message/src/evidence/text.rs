//! A verification as text for people.

use std::fmt::Write as _;

use super::statement::{Gap, Money, SignedBy, Statement};
use super::verification::{Reason, Verdict, Verification};

impl Verification {
    /// The whole verification as text, lines with line feeds; `money` writes amounts.
    pub fn text(&self, money: Money) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut text, money);
        text
    }

    fn write(&self, text: &mut String, money: Money) -> std::fmt::Result {
        match &self.verdict {
            Verdict::Proved(outcome) => writeln!(text, "PROVED: {outcome}.")?,
            Verdict::NotProved(reason) => write_reason(text, reason)?,
        }
        if let Some(subject) = &self.subject {
            let (by, at) = (subject.exported_by, subject.exported_at);
            writeln!(text, "Purchase {}, exported by the {by} on {at}.", subject.xid)?;
        }
        let signers = self.signers();
        if !self.statements.is_empty() {
            writeln!(text, "\nProved:")?;
        }
        for Statement { claim, signed_by } in &self.statements {
            writeln!(text, "- {}", claim.sentence(money))?;
            let number = signers.iter().position(|other| other.thumb == signed_by.thumb);
            write_signature(text, number.map_or(0, |place| place + 1), signed_by)?;
        }
        if !signers.is_empty() {
            writeln!(text, "\nSigners:")?;
        }
        for (place, SignedBy { subject, thumb, .. }) in signers.iter().enumerate() {
            writeln!(text, "[{}] {}", place + 1, printable(subject))?;
            writeln!(text, "    certificate sha256 {thumb}")?;
        }
        if !self.gaps.is_empty() {
            writeln!(text, "\nNot proved:")?;
        }
        self.gaps.iter().try_for_each(|gap| match gap {
            Gap::AnswerDiffers(item) => writeln!(text, "- {gap} ({item})"),
            _ => writeln!(text, "- {gap}"),
        })
    }

    /// One signature of each signer, in the order of the statements.
    fn signers(&self) -> Vec<&SignedBy> {
        let mut signers: Vec<&SignedBy> = Vec::new();
        for Statement { signed_by, .. } in &self.statements {
            if !signers.iter().any(|other| other.thumb == signed_by.thumb) {
                signers.push(signed_by);
            }
        }
        signers
    }
}

fn write_reason(text: &mut String, reason: &Reason) -> std::fmt::Result {
    let Reason { item, rule, sentence, hint } = reason;
    writeln!(text, "NOT PROVED: {item}: {} [{rule}].", printable(sentence))?;
    writeln!(text, " hint: {hint}")
}

fn write_signature(text: &mut String, number: usize, signed_by: &SignedBy) -> std::fmt::Result {
    let SignedBy { item, as_of, revocation_as_of, .. } = signed_by;
    write!(text, "  signed by [{number}] in {item}, valid on {as_of}")?;
    if revocation_as_of != as_of {
        write!(text, ", not revoked by {revocation_as_of}")?;
    }
    writeln!(text)
}

/// `text` with everything escaped that could act on a terminal or turn the writing round.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let acts = character.is_control()
            || matches!(
                character,
                '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{feff}'
            );
        if acts {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_on_a_terminal_is_printed() {
        assert_eq!(printable("2 × Papier, Köln"), "2 × Papier, Köln");
        assert_eq!(printable("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
        assert_eq!(printable("\u{202e}fdp.exe"), "\\u{202e}fdp.exe");
    }
}
