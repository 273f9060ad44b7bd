//! Registration forms: from settings to RegFormData, and from answers to what policy judges.

use counterfoil_crypto::oid::Oid;
use counterfoil_message::primitive::text::{Count, LongText, PrivateText, ShortText};
use counterfoil_message::primitive::{Language, Url, ValueError};
use counterfoil_message::registration::{
    LocalizedText, PolicyText, RegField, RegFormData, RegFormItem, RegTemplate,
};

use super::config::{FieldConfig, FieldKind, FormConfig};

/// SET's list of registration form fields (SET 1.0 Book 3, `field`).
const FIELDS: Oid = Oid::from_arcs(&[2, 23, 42, 2]);

impl FieldKind {
    /// The object identifier of this kind of field: 2.23.42.2.n.
    pub fn oid(self) -> Oid {
        FIELDS.child(self as u128)
    }
}

/// An answer of a registration form that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrongAnswer {
    /// Which field, from 0; for an answer to no field, the number of fields.
    pub(super) field: u32,
    /// Why, without the answer itself.
    pub(super) reason: String,
}

/// The answers of a form, by kind of field.
#[derive(Debug, Default)]
pub(super) struct Answers(Vec<(FieldKind, ShortText, PrivateText)>);

impl Answers {
    /// The secret that the applicant was given.
    pub(super) fn passphrase(&self) -> Option<&str> {
        let found = self.0.iter().find(|(kind, ..)| *kind == FieldKind::PassPhrase);
        found.map(|(.., value)| value.as_str())
    }

    /// Name and value of every answer but the passphrase, in the order of the form.
    pub(super) fn for_operator(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(kind, ..)| *kind != FieldKind::PassPhrase)
            .map(|(_, name, value)| (name.as_str(), value.as_str()))
    }

    /// Does an answer contain these digits, with or without spaces and hyphens between them?
    pub(super) fn contain(&self, digits: &str) -> bool {
        self.0.iter().any(|(.., value)| {
            let bare: String = value.as_str().chars().filter(char::is_ascii_digit).collect();
            counterfoil_secret::Secret::new(bare).expose().contains(digits)
        })
    }
}

impl FormConfig {
    /// The form as it is sent.
    ///
    /// # Errors
    /// [`ValueError`] when a text of the settings is longer than its field.
    pub(super) fn to_message(&self) -> Result<RegFormData, ValueError> {
        let language = Language::new(&self.language)?;
        let fields: Result<Vec<RegField>, ValueError> =
            self.fields.iter().map(|field| field.to_message(&language)).collect();
        let template = RegTemplate {
            reg_form_id: Count::new(self.id)?,
            brand_logo_url: self.brand_logo_url.as_deref().map(Url::new).transpose()?,
            card_logo_url: self.card_logo_url.as_deref().map(Url::new).transpose()?,
            reg_field_seq: fields?.into(),
        };
        Ok(RegFormData { reg_template: Some(template), policy: PolicyText::new(&self.policy)? })
    }

    /// Checks answers against the form.
    ///
    /// # Errors
    /// Every [`WrongAnswer`], in the order of the form, then answers to questions that it does
    /// not ask.
    pub(super) fn check_answers(&self, items: &[RegFormItem]) -> Result<Answers, Vec<WrongAnswer>> {
        let mut wrong = Vec::new();
        let mut answers = Answers::default();
        for (number, field) in (0..).zip(&self.fields) {
            match field.answer(items) {
                Ok(Some(item)) => {
                    let (name, value) = (item.field_name.clone(), item.field_value.clone());
                    answers.0.push((field.kind, name, value));
                }
                Ok(None) => {}
                Err(reason) => wrong.push(WrongAnswer { field: number, reason }),
            }
        }
        let unasked = items
            .iter()
            .any(|item| self.fields.iter().all(|field| field.name != item.field_name.as_str()));
        if unasked {
            let number = u32::try_from(self.fields.len()).unwrap_or(u32::MAX);
            let reason = "answers a question that the form does not ask".to_owned();
            wrong.push(WrongAnswer { field: number, reason });
        }
        if wrong.is_empty() { Ok(answers) } else { Err(wrong) }
    }
}

impl FieldConfig {
    fn to_message(&self, language: &Language) -> Result<RegField, ValueError> {
        let localized = |text: &str| {
            let text = ShortText::new(text)?;
            Ok(vec![LocalizedText { language: language.clone(), text }].into())
        };
        Ok(RegField {
            field_id: Some(self.kind.oid()),
            field_name: localized(&self.name)?,
            field_desc: self.description.as_deref().map(localized).transpose()?,
            field_len: Count::new(self.length_max)?,
            field_required: self.required,
            field_invisible: self.kind == FieldKind::PassPhrase,
        })
    }

    fn answer<'a>(&self, items: &'a [RegFormItem]) -> Result<Option<&'a RegFormItem>, String> {
        let mut mine = items.iter().filter(|item| item.field_name.as_str() == self.name);
        let (first, second) = (mine.next(), mine.next());
        if second.is_some() {
            return Err("is answered twice".into());
        }
        let Some(item) = first else {
            return if self.required { Err("must be answered".into()) } else { Ok(None) };
        };
        let length_max = usize::try_from(self.length_max).unwrap_or(usize::MAX);
        if item.field_value.as_str().chars().count() > length_max {
            return Err(format!("is longer than {length_max} characters"));
        }
        Ok(Some(item))
    }
}

/// A text of at most the characters that a `LongText` holds; longer ones are cut off.
pub(super) fn long_text(text: &str) -> Option<LongText> {
    let cut: String = text.chars().filter(|c| !c.is_control()).take(512).collect();
    LongText::new(&cut).ok()
}
