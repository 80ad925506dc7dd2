package peers;

import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether a context has a second reader. */
final class TwoReaders implements Condition {

  static final String PROPERTY = "peers.readers";

  @Override
  public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
    Environment environment = context.getEnvironment();
    return environment.getProperty(PROPERTY, Integer.class, 1) > 1;
  }
}
