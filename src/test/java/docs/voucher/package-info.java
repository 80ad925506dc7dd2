/** The service of docs/how-to/add-a-reader.md, which shows this code. */
@NullMarked
package docs.voucher;

import org.jspecify.annotations.NullMarked;
