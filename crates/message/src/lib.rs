//! The messages of SET: types, DER and treatments, one exchange per file.
//!
//! Start with [`wrapper`] (what travels), then one file of [`exchange`], for example
//! [`exchange::purchase_init`]. The tables in those files are the wire format; [`codec`] turns
//! them into types. [`treatment`] signs and seals, [`instruction`] is the half of a purchase that
//! the merchant cannot read, [`dual`] the signature that holds both halves together.

pub mod account;
pub mod batch;
pub mod codec;
pub mod container;
pub mod dual;
pub mod error_code;
pub mod evidence;
pub mod exchange;
pub mod instruction;
pub mod limits;
pub mod pdu;
pub mod primitive;
pub mod registration;
pub mod sale;
pub mod token;
pub mod treatment;
pub mod wrapper;
