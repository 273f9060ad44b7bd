//! Filling in the registration form: from what is known, or from what the person answers.

use std::collections::BTreeMap;

use counterfoil_message::primitive::text::PrivateText;
use counterfoil_message::registration::{LocalizedText, RegField, RegFormData, RegFormItem};
use counterfoil_secret::Secret;

use super::Applicant;
use super::command::{CommandError, Form, FormField, Outcome};
use super::ledger::{self, Registration, SecretText, Secrets, Step};
use crate::ca::config::FieldKind;
use crate::conversation::{Failed, Turn};
use crate::machine::ReplyTo;
use crate::records::RecordsError;

impl Applicant {
    /// Sends the certificate request when every question that must be answered is answered; else
    /// waits for the person.
    pub(super) fn fill_or_ask(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        lid_ee: &[u8],
        mut record: Registration,
    ) -> Result<(), Failed> {
        record.wrong = Vec::new();
        let secrets = self.open_secrets(lid_ee, &record)?;
        let fields = record.opened.as_ref().map(|opened| fields(&opened.form.0));
        let filled = fields.and_then(|fields| self.fill(fields, &secrets));
        match filled {
            Some(items) => {
                let outgoing = self.request(&record, lid_ee, items, &secrets, turn.env)?;
                Ok(self.send(turn, lid_ee, record, Step::Request, outgoing)?)
            }
            None => Ok(self.settle(turn, lid_ee, record, Step::Answers)?),
        }
    }

    /// The answers, or none when one is missing that must be there.
    fn fill(&self, fields: &[RegField], secrets: &Secrets) -> Option<Vec<RegFormItem>> {
        let mut items = Vec::new();
        for field in fields {
            let name = self.in_language(&field.field_name)?;
            let known = secrets.answers.iter().find(|(asked, _)| asked == name.text.as_str());
            let passphrase = secrets.passphrase.as_ref().filter(|_| is_passphrase(field));
            let answer = known.map(|(_, answer)| answer).or(passphrase);
            match answer.and_then(|answer| PrivateText::new(answer.expose()).ok()) {
                Some(field_value) => {
                    items.push(RegFormItem { field_name: name.text.clone(), field_value });
                }
                None if field.field_required => return None,
                None => {}
            }
        }
        Some(items)
    }

    /// Goes on with the person's answers.
    pub(super) fn answer(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        reply_to: ReplyTo,
        registration: &str,
        passphrase: Option<Secret<String>>,
        answers: BTreeMap<String, Secret<String>>,
    ) -> Result<Result<(), CommandError>, RecordsError> {
        let Some((lid_ee, mut record)) = ledger::find(turn.env.records, registration)? else {
            return Ok(Err(CommandError::RegistrationUnknown));
        };
        if record.step != Step::Answers {
            return Ok(Err(CommandError::NoFormOpen));
        }
        let mut secrets = self.open_secrets(&lid_ee, &record)?;
        for (name, answer) in answers {
            secrets.answers.retain(|(asked, _)| *asked != name);
            secrets.answers.push((name, answer.into()));
        }
        if let Some(passphrase) = passphrase {
            secrets.passphrase = Some(SecretText::from(passphrase));
        }
        record.secrets = secrets.seal(&self.keys.record_key, &lid_ee, turn.env.rng)?;
        self.waiting.insert(lid_ee.clone(), reply_to);
        match self.fill_or_ask(turn, &lid_ee, record) {
            Ok(()) => Ok(Ok(())),
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                self.waiting.remove(&lid_ee);
                Ok(Err(CommandError::Unable(refusal.message)))
            }
        }
    }

    /// The form as a person reads it.
    pub(super) fn form_for_people(&self, form: &RegFormData) -> Form {
        let shown = fields(form).iter().map(|field| FormField {
            name: self.text_of(&field.field_name).unwrap_or_default(),
            description: field.field_desc.as_deref().and_then(|texts| self.text_of(texts)),
            length_max: field.field_len.get(),
            required: field.field_required,
            invisible: field.field_invisible,
            passphrase: is_passphrase(field),
        });
        Form { policy: form.policy.as_str().to_owned(), fields: shown.collect() }
    }

    /// What the CA did not take, by question.
    pub(super) fn wrong_for_people(&self, record: &Registration) -> Vec<(String, String)> {
        let Some(opened) = &record.opened else { return Vec::new() };
        let fields = fields(&opened.form.0);
        let name = |place: u32| {
            let field = usize::try_from(place).ok().and_then(|place| fields.get(place));
            field.and_then(|field| self.text_of(&field.field_name)).unwrap_or_default()
        };
        record.wrong.iter().map(|(place, why)| (name(*place), why.clone())).collect()
    }

    fn text_of(&self, texts: &[LocalizedText]) -> Option<String> {
        self.in_language(texts).map(|text| text.text.as_str().to_owned())
    }

    /// The text in the applicant's language, or the first.
    fn in_language<'a>(&self, texts: &'a [LocalizedText]) -> Option<&'a LocalizedText> {
        let mine = texts.iter().find(|text| text.language.as_str() == self.settings.language);
        mine.or_else(|| texts.first())
    }
}

fn fields(form: &RegFormData) -> &[RegField] {
    form.reg_template.as_ref().map(|template| &*template.reg_field_seq).unwrap_or_default()
}

fn is_passphrase(field: &RegField) -> bool {
    field.field_id == Some(FieldKind::PassPhrase.oid())
}
