package commondata.config;

import commondata.database.Causes;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.convert.ConversionFailedException;

/** Plain words for a property that a node can't start with. */
public final class BadProperty {

  private BadProperty() {}

  /**
   * Names the property, its value and what it may be, if {@code error} or one of its causes says
   * that a property could not be used.
   */
  public static Optional<String> explain(Throwable error) {
    return Causes.first(error, BindException.class).map(BadProperty::sentence);
  }

  private static String sentence(BindException bind) {
    var unknown = Causes.first(bind, UnboundConfigurationPropertiesException.class).orElse(null);
    if (unknown != null) {
      return unknown.getUnboundProperties().stream()
          .map(property -> "%s is no property%s".formatted(property.getName(), origin(property)))
          .collect(Collectors.joining("; "));
    }
    ConversionFailedException conversion =
        Causes.first(bind, ConversionFailedException.class).orElse(null);
    ConfigurationProperty property = bind.getProperty();
    if (conversion != null && property != null) {
      return "%s is \"%s\"%s: set %s"
          .formatted(
              property.getName(),
              conversion.getValue(),
              origin(property),
              allowed(conversion.getTargetType().getType()));
    }
    // What is refused in the code says all of it.
    return String.valueOf(NestedExceptionUtils.getMostSpecificCause(bind).getMessage());
  }

  private static String origin(ConfigurationProperty property) {
    return property.getOrigin() == null ? "" : " (" + property.getOrigin() + ")";
  }

  private static String allowed(Class<?> type) {
    if (type == Duration.class) {
      return "a duration such as 250ms, 2s or 30d";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    return type == int.class || type == Integer.class
        ? "a whole number"
        : "what can be read as " + type.getSimpleName();
  }
}
