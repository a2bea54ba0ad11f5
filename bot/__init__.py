"""The Discord side: gateway, inbox, drawing, the command line and the simulator."""
