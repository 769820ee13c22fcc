//! Compiling a definitions document: `cargo bench --no-default-features --bench compile`.
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]

mod support;

use std::hint::black_box;

use criterion::{BenchmarkId, Throughput};

fn main() {
    support::run(|criterion| {
        let mut group = criterion.benchmark_group("compile");
        for count in [10, 100, 1000, 10_000] {
            let document = support::mixed_document(count);
            assert_eq!(support::compiled(&document).flags.len(), count);
            group.throughput(Throughput::Bytes(document.len() as u64));
            if count >= 1000 {
                group.sample_size(20);
            }
            group.bench_function(BenchmarkId::new("mixed", count), |bencher| {
                // Freeing the definitions is not measured: a program frees the old ones on another occasion.
                bencher.iter_with_large_drop(|| support::compiled(black_box(&document)));
            });
        }
        group.finish();
    });
}
