workspace "shop" "Written by loadpath graph." {
    model {
        loadpath_system = softwareSystem "shop" {
            service_cart = container "cart" "" "Rust" "Service"
            job_cart_migrate = container "cart-migrate" "" "Rust" "Job"
            service_orders = container "orders" "" "Rust" "Service"
            job_orders_migrate = container "orders-migrate" "" "Rust" "Job"
            service_price = container "price" "" "Rust" "Service"
            job_price_migrate = container "price-migrate" "" "Rust" "Job"
            datastore_postgres_cart = container "postgres/cart" "" "postgres" "Datastore"
            datastore_postgres_orders = container "postgres/orders" "" "postgres" "Datastore"
            datastore_postgres_price = container "postgres/price" "" "postgres" "Datastore"
            topic_shop_orders_v1 = container "shop.orders.v1" "" "kafka" "Topic"
        }
        job_cart_migrate -> datastore_postgres_cart "sql" "sql"
        job_orders_migrate -> datastore_postgres_orders "sql" "sql"
        job_price_migrate -> datastore_postgres_price "sql" "sql"
        service_cart -> datastore_postgres_cart "sql" "sql"
        service_cart -> service_price "Quote" "grpc"
        service_cart -> topic_shop_orders_v1 "consume" "consume" "Asynchronous"
        service_orders -> datastore_postgres_orders "sql" "sql"
        service_orders -> service_cart "GetCart" "grpc"
        service_orders -> service_price "Quote" "grpc"
        service_orders -> topic_shop_orders_v1 "produce" "produce" "Asynchronous"
        service_price -> datastore_postgres_price "sql" "sql"
    }
    views {
        systemContext loadpath_system "context" {
            include *
            autoLayout lr
        }
        container loadpath_system "containers" {
            include *
            autoLayout lr
        }
        styles {
            element "Datastore" {
                shape Cylinder
            }
            element "Topic" {
                shape Pipe
            }
            element "Job" {
                shape Component
            }
            element "External" {
                background #999999
            }
            relationship "Asynchronous" {
                style dashed
            }
        }
    }
}
