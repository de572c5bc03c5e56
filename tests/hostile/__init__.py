"""What a hostile State can try against a node: every act, what it costs, and how it is refused."""
