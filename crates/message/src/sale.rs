//! SaleDetail: what a capture says about the sale beyond its amount (SET 1.0 Book 3).

use crate::codec::table::{choice, enumerated, sequence};
use crate::exchange::authorization::AuthCharInd;
use crate::primitive::leaf::text;
use crate::primitive::text::{Count, Phone, Place, ShortText};
use crate::primitive::{MsgExtensions, OpenType};
use der::asn1::Null;

enumerated! {
    /// Does the payment repeat?
    PayRecurInd "PayRecurInd" {
        /// Not known.
        Unknown = 0 "unknown",
        /// No.
        SingleTransaction = 1 "singleTransaction",
        /// It repeats.
        RecurringTransaction = 2 "recurringTransaction",
        /// It is one of several instalments.
        InstallmentPayment = 3 "installmentPayment",
        /// Another order by mail.
        OtherMailOrder = 4 "otherMailOrder",
    }
}

text! {
    /// The merchant's order number.
    MerOrderNum "MerOrderNum" VisibleString "VisibleString" 1 25
}

sequence! {
    /// Details of a sale; every field may be absent.
    SaleDetail "SaleDetail" {
        /// Batch.
        batch_id: Count = "batchID" [0] OPTIONAL,
        /// Place in the batch.
        batch_sequence_num: Count = "batchSequenceNum" [1] OPTIONAL,
        /// Does the payment repeat?
        pay_recur_ind: PayRecurInd = "payRecurInd" [2] OPTIONAL,
        /// The merchant's order number.
        mer_order_num: MerOrderNum = "merOrderNum" [3] OPTIONAL,
        /// From the authorization.
        auth_char_ind: AuthCharInd = "authCharInd" [4] OPTIONAL,
        /// Data of one market, not interpreted.
        market_spec_sale_data: OpenType = "marketSpecSaleData" [5 EXPLICIT] OPTIONAL,
        /// Line items for commercial cards, not interpreted.
        commercial_card_data: OpenType = "commercialCardData" [6 EXPLICIT] OPTIONAL,
        /// One line about the order.
        order_summary: Place = "orderSummary" [7 EXPLICIT] OPTIONAL,
        /// The customer's reference.
        customer_reference_number: ShortText = "customerReferenceNumber" [8 EXPLICIT] OPTIONAL,
        /// Where the customer may call.
        customer_service_phone: Phone = "customerServicePhone" [9 EXPLICIT] OPTIONAL,
        /// May that number be printed on the statement?
        ok_to_print_phone_ind: bool = "okToPrintPhoneInd" [10] DEFAULT true,
        /// Extensions.
        sale_extensions: MsgExtensions = "saleExtensions" [11] OPTIONAL,
    }
}

enumerated! {
    /// Standing of a hotel.
    Prestige "Prestige" {
        /// Not known.
        Unknown = 0 "unknown",
        /// Level 1.
        Level1 = 1 "level-1",
        /// Level 2.
        Level2 = 2 "level-2",
        /// Level 3.
        Level3 = 3 "level-3",
    }
}

sequence! {
    /// Expected days of a car rental.
    MarketAutoAuth "MarketAutoAuth" {
        /// Days.
        duration: Count = "duration",
    }
}

sequence! {
    /// Expected days of a stay.
    MarketHotelAuth "MarketHotelAuth" {
        /// Days.
        duration: Count = "duration",
        /// Standing of the hotel.
        prestige: Prestige = "prestige" OPTIONAL,
    }
}

choice! {
    /// What an authorization says about its market.
    MarketSpecAuthData "MarketSpecAuthData" {
        /// Car rental.
        Auto(MarketAutoAuth) = "auto-rental" [0],
        /// Hotel.
        Hotel(MarketHotelAuth) = "hotel" [1],
        /// Transport.
        Transport(Null) = "transport" [2],
    }
}
