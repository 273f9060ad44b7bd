//! Orders: what the shop sells. An order is paid by at most one purchase.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::amount::Amount;
use crate::records::{Octets, Records, RecordsError, Table};

/// Longest order description in octets.
pub const DESCRIPTION_BYTES_MAX: usize = 32 * 1024;
/// Most shipments that one order may be split into.
pub const SHIPMENTS_MAX: usize = 60;
/// Most purchases that may be opened for one order: an unpaid order invites repetition.
pub const PURCHASES_PER_ORDER_MAX: u32 = 64;

/// Orders, by their number.
pub(super) const ORDERS: Table<Order> = Table::new("order");
/// Numbers of orders, by LID-M.
pub(super) const ORDER_OF_LABEL: Table<OrderId> = Table::new("order_of_label");
const COUNTERS: Table<u64> = Table::new("counter");

/// The number of an order, counted from 1 by the merchant that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(u64);

impl OrderId {
    /// The key of its record: keys are in the order of the numbers.
    pub(super) fn key(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// The number that a key is of.
    pub(super) fn from_key(key: &[u8]) -> Option<Self> {
        key.try_into().ok().map(u64::from_be_bytes).map(Self)
    }

    /// The next free number.
    pub(super) fn next(records: &mut dyn Records) -> Result<Self, RecordsError> {
        let next = COUNTERS.get(records, b"order")?.unwrap_or(0) + 1;
        COUNTERS.put(records, b"order", &next);
        Ok(Self(next))
    }
}

/// Ten digits, so that a list sorts.
impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// A text that is not the number of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number of an order is a decimal number")]
pub struct NotAnOrderId;

impl FromStr for OrderId {
    type Err = NotAnOrderId;

    fn from_str(text: &str) -> Result<Self, NotAnOrderId> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnOrderId);
        }
        text.parse().map(Self).map_err(|_| NotAnOrderId)
    }
}

impl Serialize for OrderId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OrderId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// What is sold. It goes to the cardholder and to nobody else.
    pub description: String,
    /// Its price.
    pub amount: Amount,
    /// Parts that are shipped and authorized one by one; empty when there is one for all.
    pub shipments: Vec<Amount>,
    /// LID-M, the label of the order in messages.
    pub label: Octets,
    /// When the shop made it.
    pub created_at: Timestamp,
    /// How many purchases were opened for it, paid or not.
    pub purchases_opened: u32,
    /// XID of the purchase that pays it: set by the first PReq that is accepted, and again only
    /// after that purchase was declined.
    pub purchase: Option<Octets>,
}

impl Order {
    /// What the first authorization is for.
    pub(super) fn first_shipment(&self) -> Amount {
        self.shipments.first().copied().unwrap_or(self.amount)
    }

    /// How many authorizations the order takes in all.
    pub(super) fn shipments_total(&self) -> usize {
        self.shipments.len().max(1)
    }
}

/// Reads an order.
///
/// # Errors
/// [`RecordsError`] from storage.
pub(super) fn order(records: &dyn Records, id: OrderId) -> Result<Option<Order>, RecordsError> {
    ORDERS.get(records, &id.key())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryRecords;

    #[test]
    fn numbers_count_from_one_and_read_back() {
        let mut records = MemoryRecords::new();
        let first = OrderId::next(&mut records).unwrap();
        let second = OrderId::next(&mut records).unwrap();
        assert_eq!(
            (first.to_string().as_str(), second.to_string().as_str()),
            ("0000000001", "0000000002")
        );
        assert!(first.key() < second.key());
        assert_eq!("2".parse(), Ok(second));
        assert_eq!("+2".parse::<OrderId>(), Err(NotAnOrderId));
        assert_eq!(serde_json::to_string(&second).unwrap(), "\"0000000002\"");
    }
}
