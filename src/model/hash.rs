//! Which hash is the same on every machine and in every version? What is kept, or is divided by, must never change.

/// FNV-1a, 64 bits (Fowler, Noll, Vo), of `bytes` in their order. Its high bits are alike for short texts: who needs those
/// spreads it. No protection against who looks for equal hashes.
#[must_use]
pub fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that its authors publish for nothing, `a` and `foobar`.
    #[test]
    fn it_is_the_published_one() {
        assert_eq!(fnv1a(*b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(*b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(*b"foobar"), 0x8594_4171_f739_67e8);
    }
}
