//! How unlikely a count is: bounds of tails (Chernoff), as natural logarithms.
//!
//! The bounds are at least the true probability, so what they call unlikely is.

/// Logarithm of a bound of P(X >= `seen`) for X of Poisson's distribution.
pub fn poisson_ln(seen: f64, expected: f64) -> f64 {
    if seen <= expected {
        return 0.0;
    }
    if expected <= 0.0 {
        return f64::NEG_INFINITY;
    }
    seen - expected - seen * (seen / expected).ln()
}

/// Logarithm of a bound of P(X >= `seen`) for X of the binomial distribution of `of` trials.
pub fn binomial_ln(seen: f64, of: f64, chance: f64) -> f64 {
    if of <= 0.0 || seen / of <= chance {
        return 0.0;
    }
    -of * divergence(seen / of, chance)
}

/// Kullback-Leibler divergence of two coins.
pub fn divergence(p: f64, q: f64) -> f64 {
    let part = |p: f64, q: f64| if p <= 0.0 { 0.0 } else { p * (p / q.max(1e-12)).ln() };
    part(p, q) + part(1.0 - p, 1.0 - q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_and_are_near() {
        // P(X >= 20 | 10) = 0.00345; P(X >= 9 of 10 | 0.5) = 0.0107.
        let poisson = poisson_ln(20.0, 10.0).exp();
        assert!((0.00345..0.03).contains(&poisson), "{poisson}");
        let binomial = binomial_ln(9.0, 10.0, 0.5).exp();
        assert!((0.0107..0.05).contains(&binomial), "{binomial}");
    }

    #[test]
    fn what_is_expected_is_not_unlikely() {
        assert_eq!((poisson_ln(5.0, 10.0), binomial_ln(1.0, 10.0, 0.5)), (0.0, 0.0));
        assert!(poisson_ln(1.0, 0.0).is_infinite());
    }
}
