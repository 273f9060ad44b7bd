//! The shop's side: orders, their wake-up texts, and where they stand.

use counterfoil_message::primitive::LocalId;

use super::command::{
    AuthorizationStatus, CaptureStatus, CommandError, OrderBooks, OrderState, OrderStatus,
    OrderSummary, Outcome, PAGE_MAX, VoidStatus,
};
use super::ledger::{Authorization, Capture, PURCHASES, Purchase, Void};
use super::order::SHIPMENTS_MAX;
use super::order::{self, DESCRIPTION_BYTES_MAX, ORDER_OF_LABEL, ORDERS, Order, OrderId};
use crate::amount::Amount;
use crate::initiation::PaymentInitiation;
use crate::machine::Env;
use crate::records::{Octets, Records, RecordsError};

/// Octets of the label (LID-M) of an order: nobody can guess one.
const LABEL_BYTES: usize = 16;

/// Makes an order.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn create_order(
    env: &mut Env<'_>,
    description: String,
    amount: Amount,
    shipments: Vec<Amount>,
) -> Result<Outcome, RecordsError> {
    if let Err(error) = check_order(&description, amount, &shipments) {
        return Ok(error.into());
    }
    let id = OrderId::next(env.records)?;
    let mut label = [0; LABEL_BYTES];
    env.rng.fill_bytes(&mut label);
    let order = Order {
        description,
        amount,
        shipments,
        label: Octets(label.to_vec()),
        created_at: env.now,
        purchases_opened: 0,
        purchase: None,
    };
    ORDERS.put(env.records, &id.key(), &order);
    ORDER_OF_LABEL.put(env.records, &label, &id);
    Ok(Outcome::Created { order: id, lid_m: hex::encode(label) })
}

fn check_order(
    description: &str,
    amount: Amount,
    shipments: &[Amount],
) -> Result<(), CommandError> {
    if description.is_empty() || description.len() > DESCRIPTION_BYTES_MAX {
        return Err(CommandError::DescriptionLength);
    }
    if amount.minor == 0 {
        return Err(CommandError::AmountZero);
    }
    let amount =
        Amount::new(amount.currency, amount.minor).map_err(|_| CommandError::AmountUnusable)?;
    if shipments.is_empty() {
        return Ok(());
    }
    if !(2..=SHIPMENTS_MAX).contains(&shipments.len()) || shipments.iter().any(|s| s.minor == 0) {
        return Err(CommandError::Shipments);
    }
    let nothing = Amount { minor: 0, ..amount };
    let sum = shipments.iter().try_fold(nothing, |sum, shipment| sum.plus(*shipment));
    if sum == Ok(amount) { Ok(()) } else { Err(CommandError::Shipments) }
}

/// The order that a message's LID-M names.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn order_of_label(
    records: &dyn Records,
    label: &LocalId,
) -> Result<Option<(OrderId, Order)>, RecordsError> {
    let Some(id) = ORDER_OF_LABEL.get(records, label.as_bytes())? else { return Ok(None) };
    Ok(order::order(records, id)?.map(|order| (id, order)))
}

/// The wake-up text of an order.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn initiation(
    records: &dyn Records,
    id: OrderId,
    set_url: &str,
    brands: Vec<String>,
) -> Result<Outcome, RecordsError> {
    let Some(order) = order::order(records, id)? else {
        return Ok(CommandError::OrderUnknown.into());
    };
    let initiation = PaymentInitiation {
        set_url: set_url.to_owned(),
        lid_m: order.label.0,
        brands,
        amount: order.amount,
        order: order.description,
    };
    Ok(Outcome::Initiation { text: initiation.to_text() })
}

/// Where an order stands.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn status(records: &dyn Records, id: OrderId) -> Result<Outcome, RecordsError> {
    let Some(order) = order::order(records, id)? else {
        return Ok(CommandError::OrderUnknown.into());
    };
    let purchase = purchase_of(records, &order)?;
    let authorizations = purchase.iter().flat_map(|purchase| &purchase.authorizations);
    Ok(Outcome::Status(OrderStatus {
        brand: purchase.as_ref().map(|purchase| purchase.brand.clone()),
        authorizations: authorizations.map(authorization_status).collect(),
        summary: summary(id, &order, purchase.as_ref())?,
    }))
}

/// The purchase that pays an order, if any.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn purchase_of(
    records: &dyn Records,
    order: &Order,
) -> Result<Option<Purchase>, RecordsError> {
    match &order.purchase {
        Some(xid) => PURCHASES.get(records, &xid.0),
        None => Ok(None),
    }
}

/// The money of a page of orders.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn books(
    records: &dyn Records,
    after: Option<OrderId>,
    limit: usize,
) -> Result<Outcome, RecordsError> {
    let (orders, next) = page(records, after, limit)?;
    Ok(Outcome::Books { orders: orders.into_iter().map(|order| order.books).collect(), next })
}

/// A page of the list of orders.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn orders(
    records: &dyn Records,
    after: Option<OrderId>,
    limit: usize,
) -> Result<Outcome, RecordsError> {
    let (orders, next) = page(records, after, limit)?;
    Ok(Outcome::Orders { orders, next })
}

fn page(
    records: &dyn Records,
    after: Option<OrderId>,
    limit: usize,
) -> Result<(Vec<OrderSummary>, Option<OrderId>), RecordsError> {
    let limit = limit.clamp(1, PAGE_MAX);
    let after_key = after.map(OrderId::key);
    let rows = ORDERS.scan(records, &[], after_key.as_ref().map(<[u8; 8]>::as_slice), limit)?;
    let full = rows.len() == limit;
    let mut orders = Vec::with_capacity(rows.len());
    for (key, order) in rows {
        let Some(id) = OrderId::from_key(&key) else { continue };
        let purchase = purchase_of(records, &order)?;
        orders.push(summary(id, &order, purchase.as_ref())?);
    }
    let next = orders.last().map(|last| last.books.order).filter(|_| full);
    Ok((orders, next))
}

fn summary(
    id: OrderId,
    order: &Order,
    purchase: Option<&Purchase>,
) -> Result<OrderSummary, RecordsError> {
    let nothing = Amount { minor: 0, ..order.amount };
    let (authorized, captured, state, pending) = match purchase {
        None => (nothing, nothing, OrderState::Open, false),
        Some(purchase) => (
            sum(purchase, Authorization::authorized_minor, order)?,
            sum(purchase, Authorization::captured_minor, order)?,
            purchase.state().into(),
            purchase.authorization_open()
                || purchase.authorizations.iter().any(|a| a.capture_open() || a.void_open()),
        ),
    };
    let xid = order.purchase.as_ref().map(|xid| hex::encode(&xid.0));
    let amount = order.amount;
    Ok(OrderSummary {
        description: order.description.clone(),
        created_at: order.created_at,
        books: OrderBooks { order: id, xid, amount, authorized, captured, state, pending },
    })
}

fn sum(
    purchase: &Purchase,
    part: fn(&Authorization) -> u64,
    order: &Order,
) -> Result<Amount, RecordsError> {
    let minor = purchase.authorizations.iter().map(part).sum();
    Amount::new(order.amount.currency, minor).map_err(|error| RecordsError {
        attempt: "add up the authorizations of an order".into(),
        cause: error.to_string(),
    })
}

fn authorization_status(authorization: &Authorization) -> AuthorizationStatus {
    AuthorizationStatus {
        rrpid: hex::encode(&authorization.rrpid.0),
        asked: authorization.asked,
        approved: authorization.approved,
        state: authorization.state,
        reason: authorization.reason.clone(),
        captures: authorization.captures.iter().map(capture_status).collect(),
        void: authorization.void.as_ref().map(void_status),
    }
}

fn void_status(void: &Void) -> VoidStatus {
    VoidStatus { remaining: void.remaining, state: void.state, reason: void.reason.clone() }
}

fn capture_status(capture: &Capture) -> CaptureStatus {
    CaptureStatus {
        asked: capture.asked,
        captured: capture.captured,
        state: capture.state,
        reason: capture.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents(minor: u64) -> Amount {
        Amount::new(840, minor).unwrap()
    }

    #[test]
    fn an_order_must_make_sense() {
        let check = |text: &str, price, parts: &[u64]| {
            let parts: Vec<Amount> = parts.iter().map(|minor| cents(*minor)).collect();
            check_order(text, cents(price), &parts)
        };
        assert_eq!(check("1 book", 4999, &[]), Ok(()));
        assert_eq!(check("2 books", 5000, &[2000, 3000]), Ok(()));
        assert_eq!(check("", 4999, &[]), Err(CommandError::DescriptionLength));
        let long = "x".repeat(DESCRIPTION_BYTES_MAX + 1);
        assert_eq!(check(&long, 4999, &[]), Err(CommandError::DescriptionLength));
        assert_eq!(check("air", 0, &[]), Err(CommandError::AmountZero));
        assert_eq!(check("2 books", 5000, &[2000, 2000]), Err(CommandError::Shipments));
        assert_eq!(check("2 books", 5000, &[5000]), Err(CommandError::Shipments));
        assert_eq!(check("2 books", 5000, &[5000, 0]), Err(CommandError::Shipments));
        let unknown = Amount { currency: 1, minor: 1 };
        assert_eq!(check_order("x", unknown, &[]), Err(CommandError::AmountUnusable));
    }
}
