package docs.voucher;

import commondata.event.EventType;
import java.math.BigDecimal;

/** A customer has a voucher. Key: voucherId. */
@EventType("voucher.granted")
public record VoucherGranted(String voucherId, String customerId, BigDecimal amount) {}
