package musiccorp.contract;

/** Where a parcel goes; the postal code is empty where there is none. */
public record Address(String street, String city, String postalCode, String country) {}
