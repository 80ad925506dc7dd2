/** Service fraud: its own copies of what the job fraud-flags looks at. */
@NullMarked
package musiccorp.fraud;

import org.jspecify.annotations.NullMarked;
