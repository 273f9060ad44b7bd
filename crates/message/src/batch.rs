//! Batches: what merchant and acquirer count together (SET 1.0 Book 3, BatchStatus).

use crate::codec::List;
use crate::codec::table::{enumerated, sequence};
use crate::limits;
use crate::primitive::text::{BrandId, Count};
use crate::primitive::{CurrencyAmount, Date, MsgExtensions};

enumerated! {
    /// Who closed a batch.
    CloseStatus "CloseStatus" {
        /// The merchant.
        ClosedByMerchant = 0 "closedByMerchant",
        /// The acquirer.
        ClosedByAcquirer = 1 "closedByAcquirer",
    }
}

sequence! {
    /// When and by whom a batch was closed.
    ClosedWhen "ClosedWhen" {
        /// Who.
        close_status: CloseStatus = "closeStatus",
        /// When.
        close_date_time: Date = "closeDateTime",
    }
}

sequence! {
    /// Counts and sums of a batch.
    BatchTotals "BatchTotals" {
        /// Number of credits.
        transaction_count_credit: Count = "transactionCountCredit",
        /// Sum of the credits.
        transaction_total_amt_credit: CurrencyAmount = "transactionTotalAmtCredit",
        /// Number of debits.
        transaction_count_debit: Count = "transactionCountDebit",
        /// Sum of the debits.
        transaction_total_amt_debit: CurrencyAmount = "transactionTotalAmtDebit",
        /// Extensions.
        batch_total_extensions: MsgExtensions = "batchTotalExtensions" [0] OPTIONAL,
    }
}

sequence! {
    /// Counts and sums of one brand in a batch.
    BrandBatchDetails "BrandBatchDetails" {
        /// The brand.
        brand_id: BrandId = "brandID",
        /// Its counts and sums.
        batch_totals: BatchTotals = "batchTotals",
    }
}

sequence! {
    /// Counts and sums, in all and by brand.
    BatchDetails "BatchDetails" {
        /// In all.
        batch_totals: BatchTotals = "batchTotals",
        /// By brand.
        brand_batch_details_seq: List<BrandBatchDetails, limits::Brands> =
            "brandBatchDetailsSeq" OPTIONAL,
    }
}

sequence! {
    /// State of one batch.
    BatchStatus "BatchStatus" {
        /// When it was opened.
        open_date_time: Date = "openDateTime",
        /// Absent while it is open.
        closed_when: ClosedWhen = "closedWhen" [0] OPTIONAL,
        /// Counts and sums.
        batch_details: BatchDetails = "batchDetails",
        /// Extensions.
        batch_extensions: MsgExtensions = "batchExtensions" [1] OPTIONAL,
    }
}
