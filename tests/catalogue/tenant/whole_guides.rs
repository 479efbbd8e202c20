//! The ground that the goals of this room stand on: every product's guide is walked to its end, and the oracle is content.

use footbridge_tests::{Opened, PRODUCTS, Walkthrough};

#[tokio::test]
async fn every_product_is_walked_to_its_end_and_the_oracle_is_content() {
    for product in PRODUCTS {
        let started = std::time::Instant::now();
        let walk = Walkthrough::open(product, Opened::default()).await;
        let opened = started.elapsed();
        walk.finish(4).await;
        println!("{product} {opened:?} {:?} {} requests", started.elapsed(), walk.control().traffic().len());
        assert_eq!(walk.judged(), Vec::<String>::new(), "{product}");
    }
}
