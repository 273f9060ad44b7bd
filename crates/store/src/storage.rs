//! What a runner needs of storage, whichever database is underneath.

use counterfoil_party::records::Records;

use crate::error::StoreError;

/// Records with write buffers: inputs are kept or dropped one by one and made durable together.
///
/// The order of calls is: for each input [`Storage::begin_input`], reads and writes through
/// [`Records`], [`Storage::finish_input`]; then one [`Storage::commit`] for all of them. Reads see
/// what the same input wrote, then what earlier inputs of the open transaction wrote.
pub trait Storage: Records + Send {
    /// Starts an input with an empty write buffer.
    fn begin_input(&mut self);

    /// Ends an input: its writes join the open transaction (`keep`) or are forgotten.
    ///
    /// # Errors
    /// [`StoreError`]; the open transaction is then rolled back with every input in it, and
    /// nothing that any of them promised may leave the party.
    fn finish_input(&mut self, keep: bool) -> Result<(), StoreError>;

    /// Makes every kept input durable. Returns at once when none wrote anything.
    ///
    /// # Errors
    /// [`StoreError`]; the inputs of the transaction may or may not be durable, and nothing that
    /// any of them promised may leave the party.
    fn commit(&mut self) -> Result<(), StoreError>;

    /// Tries, after a failure, to get storage working again: forgets what is open, opens anew and
    /// makes one small write durable.
    ///
    /// # Errors
    /// [`StoreError`] while the cause is still there.
    fn recover(&mut self) -> Result<(), StoreError>;
}
