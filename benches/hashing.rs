//! Hashing rollouts and variants: `cargo bench --no-default-features --bench hashing`.
//!
//! `npm run bench` takes the least time per hash of this area as the cost of one SHA-1 block, so that every benchmark of
//! one-block messages here states its hashes as throughput.
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

mod support;

use std::hint::black_box;

use criterion::{BenchmarkId, Throughput};
use posthog_node_native::hashing::{Batch, FlagHasher, Path, fraction, holdout};

fn main() {
    support::run(|criterion| {
        let mut group = criterion.benchmark_group("hashing");
        let known = FlagHasher::new("beta-search");
        assert_eq!(known.rollout("user-17"), 0.009101217133290002);
        assert_eq!(holdout("user-31"), 0.0194745413007599);
        let ids = support::distinct_ids(4096);

        // One id for many flags, as an evaluation of all flags needs them: together on each path that this processor has,
        // and one by one.
        let best = Path::best();
        let paths = [Path::Avx512, Path::Avx2, Path::Single];
        for count in [16usize, 1024] {
            let mut batch = Batch::default();
            let hashers: Vec<_> = (0..count)
                .map(|index| FlagHasher::new(&format!("flag-{index}")))
                .collect();
            for hasher in &hashers {
                hasher.join(&mut batch);
            }
            group.throughput(Throughput::Elements(count as u64));
            for path in paths.into_iter().skip_while(|path| *path != best) {
                let mut heads = Vec::with_capacity(count);
                batch.hash(path, &ids[0], "", &mut heads);
                assert!(
                    heads
                        .iter()
                        .zip(&hashers)
                        .all(|(head, hasher)| fraction(*head) == hasher.rollout(&ids[0]))
                );
                let name = format!("rollouts {path:?}").to_lowercase();
                group.bench_function(BenchmarkId::new(name, count), |bencher| {
                    let mut turn = 0;
                    bencher.iter(|| {
                        turn += 1;
                        heads.clear();
                        batch.hash(path, black_box(&ids[turn % ids.len()]), "", &mut heads);
                        heads[0]
                    });
                });
            }
        }

        group.throughput(Throughput::Elements(1));
        for length in [20usize, 100, 1000] {
            let id = "u".repeat(length);
            assert_ne!(known.rollout(&id), known.variant(&id));
            group.bench_function(BenchmarkId::new("rollout", length), |bencher| {
                bencher.iter(|| known.rollout(black_box(&id)));
            });
            group.bench_function(BenchmarkId::new("variant", length), |bencher| {
                bencher.iter(|| known.variant(black_box(&id)));
            });
        }
        group.finish();
    });
}
