//! Which functions give the same bits on every machine? Those made of addition, multiplication, division and roots.
//!
//! `exp` and `ln` of the standard library differ in their last bits between platforms, and a finding must not.

/// e to the power of `x`, within 1e-13 of itself; 0 below -700, and as at 700 above it.
pub(super) fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let x = x.min(700.0);
    // x = k ln 2 + r with |r| <= ln 2 / 2; the Taylor series of e^r ends below 1e-16 after fourteen terms.
    let k = (x / std::f64::consts::LN_2).round();
    let r = x - k * std::f64::consts::LN_2;
    let mut sum = 1.0;
    for n in (1..=14).rev() {
        sum = 1.0 + sum * r / f64::from(n);
    }
    sum * power_of_two(k)
}

/// The natural logarithm of a positive number, within 1e-13; of anything else, that of the least positive number.
pub(super) fn ln(x: f64) -> f64 {
    let x = if x.is_nan() { f64::MIN_POSITIVE } else { x.clamp(f64::MIN_POSITIVE, f64::MAX) };
    let bits = x.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1023;
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    // Around 1, where the series of the inverse hyperbolic tangent is short.
    let (mantissa, exponent) = if mantissa > std::f64::consts::SQRT_2 {
        (mantissa / 2.0, exponent + 1)
    } else {
        (mantissa, exponent)
    };
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let square = t * t;
    let mut sum = 0.0;
    for n in (0..12).rev() {
        sum = sum * square + 1.0 / f64::from(2 * n + 1);
    }
    2.0 * t * sum + f64::from(exponent) * std::f64::consts::LN_2
}

/// The logistic function, 0..=1.
pub(super) fn logistic(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + exp(-x)) } else { 1.0 - 1.0 / (1.0 + exp(x)) }
}

/// 2 to a whole power from -1022 to 1023.
fn power_of_two(k: f64) -> f64 {
    let (mut k, mut power) = (k, 1.0);
    while k >= 1.0 {
        power *= 2.0;
        k -= 1.0;
    }
    while k <= -1.0 {
        power /= 2.0;
        k += 1.0;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_they_are_named_for() {
        for step in -3000..3000 {
            let x = f64::from(step) / 50.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "exp {x}");
            let positive = x.abs() + 1e-9;
            assert!((ln(positive) - positive.ln()).abs() < 1e-12, "ln {positive}");
            assert!((logistic(x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-12, "logistic {x}");
        }
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0] {
            assert!(!ln(odd).is_nan());
        }
        assert_eq!((exp(f64::NEG_INFINITY), logistic(-1e9), logistic(1e9)), (0.0, 0.0, 1.0));
    }
}
