//! Every limit of the wire format, by name.
//!
//! A message over a limit is refused with an error that names the limit. Limits on lists are
//! types, so that a list carries its own ([`crate::codec::List`]).

/// Most octets of one message, wrapper included.
pub const MESSAGE_BYTES_MAX: usize = 512 * 1024;
/// Most levels of constructed elements in one message.
pub const DEPTH_MAX: usize = 40;
/// Most octets of a bad message that an Error carries back (SET 1.0: 20 kB).
pub const BAD_WRAPPER_BYTES_MAX: usize = 20_000;

/// A limit on the number of elements of a list.
pub trait Limit: 'static {
    /// Name of the constant.
    const NAME: &'static str;
    /// Most elements.
    const MAX: usize;
}

macro_rules! list_limits {
    ($($(#[$meta:meta])* $constant:ident $limit:ident = $max:literal;)*) => {
        $(
            $(#[$meta])*
            pub const $constant: usize = $max;

            $(#[$meta])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $limit {}

            impl Limit for $limit {
                const NAME: &'static str = stringify!($constant);
                const MAX: usize = $constant;
            }
        )*

        /// Every limit on a list: name and most elements.
        pub const LIST_LIMITS: &[(&str, usize)] = &[$((stringify!($constant), $constant)),*];
    };
}

list_limits! {
    /// Most thumbs of one kind in a `Thumbs`.
    THUMBS_MAX Thumbs = 64;
    /// Most extensions of one message or structure.
    EXTENSIONS_MAX Extensions = 16;
    /// Most suites in an offer.
    SUITES_MAX Suites = 16;
    /// Most order-data extensions named in an OIData.
    OD_EXTENSIONS_MAX OdExtensions = 16;
    /// Most payloads in a PRes: one for each authorization of a split payment.
    PRES_PAYLOADS_MAX PResPayloads = 64;
    /// Most credits reported in one payload of a PRes.
    CREDITS_MAX Credits = 16;
    /// Most items in one capture, and tokens beside them.
    CAPTURE_ITEMS_MAX CaptureItems = 128;
    /// Most batches whose status one response reports.
    BATCHES_MAX Batches = 16;
    /// Most brands in a gateway certificate request or a batch summary.
    BRANDS_MAX Brands = 16;
    /// Most BrandCRLIdentifiers in one response.
    BCIS_MAX Bcis = 16;
    /// Most fields of a registration form.
    FORM_FIELDS_MAX FormFields = 64;
    /// Most languages in which one text is given.
    LANGUAGES_MAX Languages = 16;
    /// Most web addresses in a referral.
    URLS_MAX Urls = 16;
    /// Most failed items in a certificate status.
    FAILED_ITEMS_MAX FailedItems = 64;
}
