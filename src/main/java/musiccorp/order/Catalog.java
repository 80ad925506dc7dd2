package musiccorp.order;

import commondata.database.Login;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import musiccorp.contract.Address;

/** Published items and customers: what an order needs from other services. */
final class Catalog {

  private final Login login;

  Catalog(Login login) {
    this.login = login;
  }

  record Item(String sku, String title, BigDecimal unitPrice) {}

  record Customer(String customerId, String name, String email, Address address) {}

  Map<String, Item> items(List<String> skus) {
    return login
        .jdbc()
        .sql(
            """
            SELECT sku, title, unit_price
            FROM published.catalog_item
            WHERE sku = ANY (:skus)
            """)
        .param("skus", skus.toArray(String[]::new), java.sql.Types.ARRAY)
        .query(
            (row, n) ->
                new Item(
                    row.getString("sku"), row.getString("title"), row.getBigDecimal("unit_price")))
        .list()
        .stream()
        .collect(Collectors.toMap(Item::sku, item -> item));
  }

  Optional<Customer> customer(String customerId) {
    return login
        .jdbc()
        .sql(
            """
            SELECT customer_id, name, email, street, city, postal_code, country
            FROM published.customer
            WHERE customer_id = :customer_id
            """)
        .param("customer_id", customerId)
        .query(
            (row, n) ->
                new Customer(
                    row.getString("customer_id"),
                    row.getString("name"),
                    row.getString("email"),
                    new Address(
                        row.getString("street"),
                        row.getString("city"),
                        row.getString("postal_code"),
                        row.getString("country"))))
        .optional();
  }
}
