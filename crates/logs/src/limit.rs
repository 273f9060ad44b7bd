//! What bounds the memory of an analysis, whatever the size of its input.

/// Octets of one line that are read; the rest of a longer line is skipped and the line counted.
pub const LINE_BYTES_MAX: usize = 64 * 1024;
/// Octets of a file's beginning that its format is told from.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Lines of a file's beginning that its format is told from.
pub const HEAD_LINES_MAX: usize = 64;
/// Files of one analysis.
pub const FILES_MAX: usize = 4_096;
/// Cells of the timeline of all lines.
pub const TIMELINE_CELLS_MAX: usize = 4_096;
/// Cells of the timeline of one address, card, device, merchant, bank route or party.
pub const WHO_CELLS_MAX: usize = 32;
/// Addresses, and as many cards, devices, merchants, bank routes and parties, held at once.
pub const WHO_MAX: usize = 16_384;
/// Steps of a payment, or paths of requests.
pub const STEPS_MAX: usize = 512;
/// Cells of a step's timeline; each holds a histogram of durations.
pub const STEP_CELLS_MAX: usize = 32;
/// Error codes.
pub const CODES_MAX: usize = 1_024;
/// Cells of a code's timeline.
pub const CODE_CELLS_MAX: usize = 64;
/// Templates of messages.
pub const TEMPLATES_MAX: usize = 2_048;
/// Templates among which one message is compared.
pub const TEMPLATES_ALIKE_MAX: usize = 32;
/// Words of a message that its template is made of.
pub const TEMPLATE_WORDS_MAX: usize = 48;
/// Shapes of messages whose template is remembered.
pub const SHAPES_MAX: usize = 16_384;
/// Occurrences of one message after which it is no longer a change of the deployment.
pub const CHANGE_TIMES_MAX: usize = 64;
/// Payments followed at once.
pub const SESSIONS_MAX: usize = 16_384;
/// Steps of one payment that are remembered.
pub const SESSION_STEPS_MAX: usize = 16;
/// Jumps of the clock that are remembered of one file.
pub const JUMPS_MAX: usize = 16;
/// Fields whose values are judged as card numbers.
pub const CARD_FIELDS_MAX: usize = 1_024;
/// Octets of a line that is kept as a sample.
pub const SAMPLE_BYTES_MAX: usize = 480;
/// Octets of an id, name or code that is kept.
pub const NAME_BYTES_MAX: usize = 128;
/// Remarks of one detector; the last says how many more there were.
pub const REMARKS_MAX: usize = 5;
/// Lines of one payment that are printed in order of time.
pub const FOLLOWED_LINES_MAX: usize = 10_000;
/// Octets of the lines of one payment that are held until they are printed.
pub const FOLLOWED_BYTES_MAX: usize = 32 * 1024 * 1024;
