//! How many different values there were: linear counting (Whang, Vander-Zanden, Taylor 1990).

/// Bits of the map.
const BITS: u32 = 1_024;
/// Places in the map that are listed before there is a map: most cards have one address.
const LISTED_MAX: usize = 11;

/// Counts different values in 128 octets, and in none beside itself while there are few; within
/// 5 % up to 1,000, and a lower bound above 5,000.
#[derive(Debug, Clone)]
pub enum Distinct {
    /// The bits that are set, and how many they are.
    Few([u16; LISTED_MAX], u8),
    /// The whole map.
    Many(Box<[u64; (BITS / 64) as usize]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few([0; LISTED_MAX], 0)
    }
}

impl Distinct {
    /// Takes a value by its hash.
    pub fn add(&mut self, hash: u64) {
        let bit = (hash >> 54) as u16;
        match self {
            Self::Many(map) => set(map, bit),
            Self::Few(bits, len) => {
                let listed = usize::from(*len);
                if bits[..listed].contains(&bit) {
                    return;
                }
                if let Some(free) = bits.get_mut(listed) {
                    *free = bit;
                    *len += 1;
                    return;
                }
                let mut map = Box::new([0; (BITS / 64) as usize]);
                bits.iter().chain([&bit]).for_each(|bit| set(&mut map, *bit));
                *self = Self::Many(map);
            }
        }
    }

    /// The estimate.
    pub fn count(&self) -> u32 {
        let set = match self {
            Self::Few(_, len) => u32::from(*len),
            Self::Many(map) => map.iter().map(|word| word.count_ones()).sum(),
        };
        let empty = f64::from((BITS - set).max(1)) / f64::from(BITS);
        (-empty.ln() * f64::from(BITS)).round() as u32
    }
}

fn set(map: &mut [u64; (BITS / 64) as usize], bit: u16) {
    map[usize::from(bit >> 6)] |= 1 << (bit & 63);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    #[test]
    fn estimates_are_near() {
        for count in [0_u32, 1, 5, 11, 12, 20, 100, 1_000] {
            let mut distinct = Distinct::default();
            for value in 0..count {
                distinct.add(hash::of(&value.to_le_bytes()));
                distinct.add(hash::of(&value.to_le_bytes()));
            }
            let error = distinct.count().abs_diff(count);
            assert!(error <= 1 + count / 20, "{count}: {}", distinct.count());
        }
    }

    #[test]
    fn a_list_and_a_map_count_alike() {
        let mut listed = Distinct::default();
        let mut mapped = Distinct::Many(Box::default());
        for value in 0..40_u64 {
            let hash = hash::mix(3, value);
            listed.add(hash);
            mapped.add(hash);
            assert_eq!(listed.count(), mapped.count(), "{value}");
        }
        assert!(matches!(listed, Distinct::Many(_)));
    }
}
