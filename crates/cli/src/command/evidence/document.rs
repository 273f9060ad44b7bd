//! A verification as a JSON document.

use serde_json::{Value, json};

use counterfoil_message::evidence::{
    Claim, Gap, Reason, SignedBy, Statement, Verdict, Verification,
};
use counterfoil_message::primitive::money::RATIO_ONE;
use counterfoil_message::primitive::{CurrencyAmount, Ratio};

use super::money;

/// The document: verdict, subject, statements, gaps.
pub fn of(verification: &Verification) -> Value {
    let (verdict, outcome, reason) = match &verification.verdict {
        Verdict::Proved(outcome) => ("proved", Some(outcome.name()), None),
        Verdict::NotProved(reason) => ("not_proved", None, Some(why(reason))),
    };
    let subject = verification.subject.as_ref();
    json!({
        "verdict": verdict,
        "outcome": outcome,
        "reason": reason,
        "xid": subject.map(|subject| subject.xid.to_string()),
        "exported_at": subject.map(|subject| subject.exported_at.to_string()),
        "exported_by": subject.map(|subject| subject.exported_by.name()),
        "statements": verification.statements.iter().map(statement).collect::<Vec<_>>(),
        "not_proved": verification.gaps.iter().map(gap).collect::<Vec<_>>(),
    })
}

fn why(reason: &Reason) -> Value {
    json!({
        "item": reason.item.to_string(),
        "rule": reason.rule,
        "message": reason.sentence,
        "hint": reason.hint,
    })
}

fn gap(gap: &Gap) -> Value {
    let item = match gap {
        Gap::AnswerDiffers(item) => Some(item.to_string()),
        _ => None,
    };
    json!({ "id": gap.id(), "message": gap.sentence(), "item": item })
}

fn statement(statement: &Statement) -> Value {
    let SignedBy { item, subject, thumb, as_of, revocation_as_of } = &statement.signed_by;
    let mut document = json!({
        "id": statement.claim.id(),
        "message": statement.claim.sentence(money),
        "signed_by": {
            "item": item.to_string(),
            "subject": subject,
            "certificate_sha256": thumb.to_string(),
            "as_of": as_of.to_string(),
            "revocation_as_of": revocation_as_of.to_string(),
        },
    });
    if let (Value::Object(document), Value::Object(details)) =
        (&mut document, details(&statement.claim))
    {
        document.extend(details);
    }
    document
}

fn details(claim: &Claim) -> Value {
    match claim {
        Claim::Offered { merchant_id, merchant_name, date, gateway } => json!({
            "merchant_id": merchant_id, "merchant_name": merchant_name,
            "date": date.to_string(), "gateway": gateway,
        }),
        Claim::Ordered { merchant_id, gateway, brand, order_hash } => json!({
            "merchant_id": merchant_id, "gateway": gateway, "brand": brand,
            "order_hash": hex::encode(order_hash),
        }),
        Claim::Instructed { amount } => json!({ "amount": money(amount) }),
        Claim::OrderText { text, amount } => json!({ "order": text, "amount": money(amount) }),
        Claim::Answered { codes } => {
            json!({ "codes": codes.iter().map(|code| code.name()).collect::<Vec<_>>() })
        }
        Claim::Authorized { code, ratio, amount, rrpid, date, captured } => json!({
            "code": code.name(), "ratio": share(ratio), "amount": sum(amount),
            "authorization": rrpid.to_string(), "date": date.to_string(), "captured": captured,
        }),
        Claim::Captured { code, ratio, amount, rrpid, date } => json!({
            "code": code.name(), "ratio": share(ratio), "amount": sum(amount),
            "authorization": rrpid.to_string(), "date": date.to_string(),
        }),
        Claim::Reversed { ratio, amount, rrpid, date } => json!({
            "ratio": share(ratio), "amount": sum(amount),
            "authorization": rrpid.to_string(), "date": date.to_string(),
        }),
        Claim::Exported { by } => json!({ "by": by.name() }),
    }
}

fn sum(amount: &Option<CurrencyAmount>) -> Option<String> {
    amount.as_ref().map(money)
}

/// A part of the whole, for example 0.5.
fn share(ratio: &Option<Ratio>) -> Option<f64> {
    ratio.map(|ratio| ratio.get() as f64 / RATIO_ONE as f64)
}
