package commondata.event;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Names the event type and version whose payload a record is, and how older ones become it. */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface EventType {

  /** Name, such as {@code order.placed}. */
  String value();

  /** Version of the payload's schema. */
  int version() default 1;

  /** One for each older version, in order: 1 to 2, 2 to 3 ... */
  Class<? extends Upcast>[] upcasts() default {};
}
