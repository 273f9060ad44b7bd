//! The exchanges: one file each, one line each in this list.

pub mod authorization;
pub mod authorization_reversal;
pub mod capture;
pub mod card_init;
pub mod certificate_inquiry;
pub mod certificate_request;
pub mod error_message;
pub mod gateway_certificate;
pub mod inquiry;
pub mod merchant_acquirer_init;
pub mod purchase;
pub mod purchase_init;
pub mod reg_form;

use crate::pdu::{Exchange, MessageInfo};

/// Every exchange of this implementation, in the order of their messages' tags.
pub const EXCHANGES: &[&Exchange] = &[
    &purchase_init::EXCHANGE,
    &purchase::EXCHANGE,
    &inquiry::EXCHANGE,
    &authorization::EXCHANGE,
    &authorization_reversal::EXCHANGE,
    &capture::EXCHANGE,
    &gateway_certificate::EXCHANGE,
    &card_init::EXCHANGE,
    &merchant_acquirer_init::EXCHANGE,
    &reg_form::EXCHANGE,
    &certificate_request::EXCHANGE,
    &certificate_inquiry::EXCHANGE,
    &error_message::EXCHANGE,
];

/// The message with this tag number, and its exchange.
pub fn message_by_tag(tag: u32) -> Option<(&'static Exchange, &'static MessageInfo)> {
    EXCHANGES.iter().find_map(|exchange| {
        exchange.messages.iter().find(|message| message.tag == tag).map(|found| (*exchange, found))
    })
}

/// The name of the message with this tag number.
pub fn message_name(tag: u32) -> Option<&'static str> {
    message_by_tag(tag).map(|(_, message)| message.name)
}
