package musiccorp.demo;

/** One line of a customers file. */
record Customer(
    String customerId,
    String name,
    String email,
    String street,
    String city,
    String postalCode,
    String country) {}
