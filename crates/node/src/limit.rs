//! Limits as tables: a field, its default and its range, from which settings are read and checked.

/// A setting outside its range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfRange {
    /// The setting.
    pub key: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// Defines a struct of limits with `Default`, `Deserialize` (unknown keys refused, absent ones at
/// their default) and `check`.
macro_rules! limits {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $default:ident in $range:expr,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $name {
            /// Refuses values outside their range.
            ///
            /// # Errors
            /// [`OutOfRange`](crate::limit::OutOfRange) naming the first such setting.
            pub fn check(&self) -> Result<(), crate::limit::OutOfRange> {
                $(
                    let range = $range;
                    if !range.contains(&self.$field) {
                        return Err(crate::limit::OutOfRange {
                            key: stringify!($field),
                            problem: format!(
                                "{} is not between {} and {}",
                                self.$field,
                                range.start(),
                                range.end(),
                            ),
                        });
                    }
                )+
                Ok(())
            }
        }
    };
}

pub(crate) use limits;
