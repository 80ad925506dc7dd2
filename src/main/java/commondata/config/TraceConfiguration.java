package commondata.config;

import commondata.event.Handling;
import commondata.event.Traceparent;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Takes each request's trace context from its header, or begins a trace where there is none. */
@Configuration(proxyBeanMethods = false)
public final class TraceConfiguration {

  @Bean
  Filter traceFilter() {
    return TraceConfiguration::filter;
  }

  private static void filter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String header =
        request instanceof HttpServletRequest http ? http.getHeader(Traceparent.HEADER) : null;
    Handling.begin(Traceparent.parse(header).orElseGet(Traceparent::begin));
    try {
      chain.doFilter(request, response);
    } finally {
      Handling.end();
    }
  }
}
